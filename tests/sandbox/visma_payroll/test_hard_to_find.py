"""Jobs that are hard to find, copies that lag behind, and answers about somebody else."""

from typing import Any

from tests.sandbox.visma_caller import VismaCaller
from tests.sandbox_client import SandboxClient

VENDOR = "visma_payroll"


def plan(sandbox: SandboxClient, **job: Any) -> None:
    sandbox.settings(VENDOR, next_jobs=[job])


def listed(visma: VismaCaller) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = visma.get("employees/jobs").json()["data"]
    return rows


def path_of(accepted: Any) -> str:
    return str(accepted.headers["Location"].partition("/v2/")[2])


def test_a_job_is_not_found_until_its_time_and_its_work_is_done_all_the_same(
    visma: VismaCaller, sandbox: SandboxClient
) -> None:
    plan(sandbox, hidden_seconds=60)
    accepted = visma.create()
    assert visma.get(path_of(accepted)).status_code == 404
    assert listed(visma) == []
    assert len(sandbox.state(VENDOR, "employees")) == 1
    sandbox.advance_clock(seconds=61)
    assert visma.get(path_of(accepted)).json()["status"] == "Succeeded"
    assert len(listed(visma)) == 1


def test_a_job_that_is_over_is_forgotten(visma: VismaCaller, sandbox: SandboxClient) -> None:
    plan(sandbox, forgotten=True)
    accepted = visma.create()
    assert visma.get(path_of(accepted)).status_code == 404
    assert (listed(visma), len(sandbox.state(VENDOR, "employees"))) == ([], 1)
    assert visma.job(visma.create(number="78"))["status"] == "Succeeded"


def test_a_job_names_somebody_else_or_nobody(visma: VismaCaller, sandbox: SandboxClient) -> None:
    stranger = visma.job(visma.create())["artifactId"]
    plan(sandbox, artifact=stranger)
    assert visma.job(visma.create(number="78"))["artifactId"] == stranger
    plan(sandbox, artifact="")
    assert "artifactId" not in visma.job(visma.create(number="79"))
    assert len(sandbox.state(VENDOR, "employees")) == 3


def test_a_write_is_accepted_without_saying_where_its_job_is(visma: VismaCaller, sandbox: SandboxClient) -> None:
    plan(sandbox, location=False)
    accepted = visma.create()
    assert (accepted.status_code, "Location" in accepted.headers) == (202, False)
    assert len(listed(visma)) == 1


def test_what_is_read_is_as_old_as_it_is_set_to_be(visma: VismaCaller, sandbox: SandboxClient) -> None:
    employee_id = visma.job(visma.create())["artifactId"]
    position_id = sandbox.record(VENDOR, "employees", employee_id)["positions"][0]["id"]
    sandbox.advance_clock(seconds=100)
    (position,) = sandbox.record(VENDOR, "employees", employee_id)["positions"]
    sandbox.change(
        VENDOR, "employees", employee_id, {"number": "78", "positions": [{**position, "activeEnd": "2030-01-01"}]}
    )
    new = visma.job(visma.create(number="79"))["artifactId"]
    sandbox.settings(VENDOR, stale_seconds=60)
    assert visma.get(f"employees/{employee_id}").json()["number"] == "77"
    assert visma.get(f"employees/{employee_id}/positions/{position_id}").json().get("activeEnd") is None
    assert [row["number"] for row in visma.get("employees").json()["data"]] == ["77"]
    assert visma.get(f"employees/{new}").status_code == 404
    sandbox.advance_clock(seconds=61)
    assert [row["number"] for row in visma.get("employees").json()["data"]] == ["78", "79"]


def test_whoever_asks_for_one_is_shown_another(visma: VismaCaller, sandbox: SandboxClient) -> None:
    first, second = (visma.job(visma.create(number=number))["artifactId"] for number in ("77", "78"))
    sandbox.settings(VENDOR, answers_with={first: second})
    assert visma.get(f"employees/{first}").json()["id"] == second
    sandbox.settings(VENDOR, answers_with={})
    assert visma.get(f"employees/{first}").json()["id"] == first
