from typing import Any

import pytest

from integrations.core.endpoints import JobReport, JobState
from integrations.visma_payroll.jobs import read_job


def result(message: str, *, severity: str = "Error", path: str = "$") -> dict[str, str]:
    return {"message": message, "severity": severity, "jsonPath": path, "value": "01015590978"}


@pytest.mark.parametrize("status", ["NotStarted", "InProgress", "Paused", None])
def test_a_job_is_under_way_until_it_says_otherwise(status: str | None) -> None:
    assert read_job({"status": status}).state is JobState.UNDER_WAY


@pytest.mark.parametrize("job", [{"status": "Succeeded", "statusCode": 4}, {"status": "Done"}, {"statusCode": 4}])
def test_a_success_names_what_it_made(job: dict[str, Any]) -> None:
    assert read_job({**job, "artifactId": "e1", "validationResults": None}) == JobReport(JobState.SUCCEEDED, "e1")


def test_a_success_keeps_its_warnings() -> None:
    job = {
        "status": "Succeeded",
        "validationResults": [result("Se på dette.", severity="Warning", path="$.address.zipCode")],
    }
    assert read_job(job).warnings == ("Se på dette. (address.zipCode)",)


def test_a_failure_says_what_visma_found_and_where_but_never_the_value() -> None:
    job = {
        "status": "Failed",
        "validationResults": [result("Nei.", path="$.number"), result("Obs.", severity="Warning")],
    }
    report = read_job(job)
    assert report == JobReport(JobState.FAILED, message="Nei. (number)", warnings=("Obs.",))
    assert "01015590978" not in str(report)


@pytest.mark.parametrize(("job", "message"), [({"message": "Feil."}, "Feil."), ({}, "Failed")])
def test_a_failure_without_results_says_what_there_is(job: dict[str, Any], message: str) -> None:
    assert read_job({**job, "status": "Failed"}).message == message
