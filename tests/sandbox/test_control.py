import pytest
import requests

from tests.sandbox.fortnox_caller import NEW_PERSON, SECOND_COMPANY, FortnoxCaller
from tests.sandbox_client import SandboxClient


def test_somebody_at_the_vendor_adds_changes_and_removes_without_a_call(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    sandbox.clear_calls()
    employee_id = sandbox.add("fortnox", "employees", {"FirstName": "Bo", "LastName": "Ek"})["EmployeeId"]
    sandbox.change("fortnox", "employees", employee_id, {"LastName": "Al", "EmploymentForm": "NEW"})
    assert sandbox.record("fortnox", "employees", employee_id)["FullName"] == "Bo Al"
    assert sandbox.calls() == []
    shown = fortnox.get(f"employees/{employee_id}").json()["Employee"]
    assert (shown["LastName"], shown["EmploymentForm"]) == ("Al", "NEW")
    sandbox.remove("fortnox", "employees", employee_id)
    assert fortnox.get(f"employees/{employee_id}").status_code == 404
    assert fortnox.get("employees").json()["Employees"] == []


def test_state_can_be_asked_for_another_tenant(sandbox: SandboxClient) -> None:
    sandbox.seed(people=5, tenant=SECOND_COMPANY)
    assert len(sandbox.state("fortnox", "employees", tenant=SECOND_COMPANY)) == 5
    assert sandbox.state("fortnox", "employees") == []


def test_calls_tell_method_path_status_times_and_body(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.clear_calls()
    fortnox.create(**NEW_PERSON)
    fortnox.get("employees", page=1)
    created, listed = sandbox.calls()
    assert (created["n"], created["vendor"], created["method"], created["status"]) == (1, "fortnox", "POST", 201)
    assert created["body"] == {"Employee": NEW_PERSON}
    assert listed["path"] == "/fortnox/3/employees?page=1"
    assert created["start"] <= created["end"] <= listed["start"]


def test_calls_keep_no_secret(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    calls = sandbox.calls()
    assert {call["path"].partition("?")[0] for call in calls} >= {"/fortnox/oauth-v1/token", "/fortnox/oauth-v1/login"}
    assert [call["body"] for call in calls] == [None] * len(calls)


def test_reset_forgets_everything(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=5)
    sandbox.faults([{"action": "drop", "every": True}])
    sandbox.down()
    sandbox.settings("fortnox", no_right=["City"])
    sandbox.reset()
    assert sandbox.state("fortnox", "employees") == []
    assert sandbox.calls() == []
    assert sandbox.settings("fortnox")["no_right"] == []
    assert fortnox.get("employees").status_code == 401
    fortnox.connect()
    assert fortnox.get("employees").status_code == 200


@pytest.mark.parametrize(
    ("method", "page", "body", "status"),
    [
        ("GET", "nowhere", None, 404),
        ("PUT", "calls", None, 405),
        ("POST", "seed", {"vendor": "nobody", "people": 1}, 404),
        ("POST", "seed", {"people": 1}, 400),
        ("POST", "seed", {"vendor": "fortnox", "people": 100_001}, 400),
        ("POST", "seed", {"vendor": "fortnox", "people": 1, "tenant": 7}, 404),
        ("GET", "state/fortnox/cars", None, 404),
        ("GET", "state/fortnox/employees/7", None, 404),
        ("PATCH", "state/fortnox/companies/1204711", {"colour": "red"}, 404),
        ("POST", "settings/fortnox", {"colour": "red"}, 404),
        ("POST", "tokens/fortnox", {"action": "burn"}, 404),
        ("POST", "state/fortnox/employees", {"Nickname": "Bo"}, 400),
    ],
)
def test_wrong_control_call_is_refused_with_a_reason(
    sandbox: SandboxClient, method: str, page: str, body: object, status: int
) -> None:
    answer = requests.request(method, f"{sandbox.url}/_sandbox/{page}", json=body, timeout=10, proxies={"http": ""})
    assert answer.status_code == status
    assert answer.json()["error"]
