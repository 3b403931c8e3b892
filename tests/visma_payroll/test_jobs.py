from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.core.endpoints import JobReport, JobState, ListedJob
from integrations.visma_payroll.jobs import listed_job, read_job


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


# --- In any writing -------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize(
    ("job", "state"),
    [
        ({"status": " Succeeded "}, JobState.SUCCEEDED),
        ({"status": "SUCCEEDED\n"}, JobState.SUCCEEDED),
        ({"status": "Completed", "statusCode": 4}, JobState.SUCCEEDED),
        ({"status": "Completed"}, JobState.SUCCEEDED),
        ({"status": "Erledigt", "statusCode": 4}, JobState.SUCCEEDED),
        ({"status": "Erledigt", "statusCode": "4"}, JobState.SUCCEEDED),
        ({"status": None, "statusCode": 4.0}, JobState.SUCCEEDED),
        ({"status": "Rejected"}, JobState.FAILED),
        ({"status": "rejected ", "statusCode": 4}, JobState.FAILED),
        ({"status": "Timed out"}, JobState.FAILED),
        ({"status": "Cancelled"}, JobState.FAILED),
        ({"status": "In progress", "statusCode": 4}, JobState.UNDER_WAY),
        ({"status": "in-progress"}, JobState.UNDER_WAY),
        ({"status": ["Succeeded"]}, JobState.UNDER_WAY),
        ({"status": "Quite new", "statusCode": 17}, JobState.UNDER_WAY),
    ],
)
def test_a_status_is_read_in_any_writing_and_an_unknown_one_by_its_code(job: dict[str, Any], state: JobState) -> None:
    assert read_job(job).state is state


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize(
    ("results", "said"),
    [
        (["Obs."], ("Obs.",)),
        ("Obs.", ("Obs.",)),
        ({"message": "Obs.", "severity": "warning"}, ("Obs.",)),
        ([None, 7, [], {}, {"severity": "Warning"}], ("7", "?")),
        ([{"message": {"no": "text"}, "messageCode": "E1"}], ("E1",)),
    ],
)
def test_results_are_read_as_texts_and_alone_too(results: Any, said: tuple[str, ...]) -> None:
    assert read_job({"status": "Succeeded", "validationResults": results}).warnings == said
    failed = read_job({"status": "Failed", "validationResults": results})
    assert {*failed.warnings, failed.message} >= set(said[-1:])


def test_thousands_of_results_are_cut_and_counted() -> None:
    many = [result(f"{number}: {'x' * 400}") for number in range(10_000)]
    failed = read_job({"status": "Failed", "validationResults": many})
    assert len(failed.message) <= 500
    warned = read_job({"status": "Succeeded", "validationResults": many}).warnings
    assert (len(warned), warned[-1]) == (6, "And 9995 more.")
    assert sum(map(len, warned)) < 1500
    # The same sentence is told once.
    assert read_job({"status": "Failed", "validationResults": [result("Nei.")] * 100}).message == "Nei."


# --- The list of jobs -------------------------------------------------------------------------------------------------


def listed(right_id: str = "", employee_id: str = "", **job: Any) -> ListedJob | None:
    plain = {"id": "j-1", "created": "2026-11-20T10:00:00.000Z", "action": "Create", "clientId": "ours"}
    return listed_job({**plain, **job}, right_id=right_id, employee_id=employee_id, client_id="ours")


@pytest.mark.behaviour("G-39")
def test_a_listed_job_has_its_address_and_its_time() -> None:
    found = listed()
    assert found is not None
    assert (found.address, found.created) == ("employees/jobs/j-1", datetime(2026, 11, 20, 10, tzinfo=UTC))
    position = listed("e1", "e1", action="Update")
    assert position is not None
    assert position.address == "employees/e1/positions/jobs/j-1"


@pytest.mark.behaviour("G-39")
@pytest.mark.parametrize(
    ("right_id", "job"),
    [
        ("", {"clientId": "another"}),
        ("", {"id": None}),
        ("", {"action": "Update"}),
        ("e1", {}),
        ("e1", {"action": "Update", "artifactId": "e2"}),
    ],
)
def test_a_job_of_another_app_or_of_something_else_is_not_ours(right_id: str, job: dict[str, Any]) -> None:
    assert listed(right_id, **job) is None


@pytest.mark.parametrize("created", [None, "yesterday", 17, {"at": 1}])
def test_a_job_without_a_readable_time_has_none(created: Any) -> None:
    found = listed(created=created)
    assert found is not None
    assert found.created is None
