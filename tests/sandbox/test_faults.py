import time

import pytest
import requests

from tests.sandbox.fortnox_caller import NEW_PERSON, FortnoxCaller
from tests.sandbox_client import SandboxClient


def _count(sandbox: SandboxClient) -> int:
    return len(sandbox.state("fortnox", "employees"))


def test_only_the_kth_matching_call_is_refused(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    body = {"ErrorInformation": {"error": 1, "message": "System exception", "code": 1000003}}
    rule = {"method": "PUT", "path": "/employees/1$", "k": 2, "action": "refuse", "status": 500, "body": body}
    sandbox.faults([{**rule, "headers": {"X-Trace": "7"}}])
    answers = [fortnox.change("1", City=city) for city in ("Umeå", "Luleå", "Lund")]
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].json() == body
    assert answers[1].headers["X-Trace"] == "7"
    assert fortnox.get("employees/1").json()["Employee"]["City"] == "Lund"


def test_several_and_every_call_can_go_wrong(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"path": "companyinformation", "k": 2, "count": 2, "action": "refuse", "status": 502}])
    assert [fortnox.get("companyinformation").status_code for _ in range(4)] == [200, 502, 502, 200]
    sandbox.clear_faults()
    sandbox.faults([{"path": "companyinformation", "every": True, "action": "refuse", "status": 502}])
    assert [fortnox.get("companyinformation").status_code for _ in range(3)] == [502, 502, 502]
    sandbox.clear_faults()
    assert fortnox.get("companyinformation").status_code == 200


def test_rule_for_another_vendor_or_method_does_not_match(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults(
        [
            {"vendor": "nmbrs", "action": "drop", "every": True},
            {"vendor": "fortnox", "method": "POST", "action": "drop", "every": True},
        ]
    )
    assert fortnox.get("companyinformation").status_code == 200


def test_drop_closes_the_connection_before_the_work(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "drop"}])
    with pytest.raises(requests.ConnectionError):
        fortnox.create(**NEW_PERSON)
    assert _count(sandbox) == 0
    assert fortnox.create(**NEW_PERSON).status_code == 201


def test_drop_after_closes_the_connection_when_the_work_is_done(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "drop_after"}])
    with pytest.raises(requests.ConnectionError):
        fortnox.create(**NEW_PERSON)
    assert _count(sandbox) == 1
    assert fortnox.get("employees/1").status_code == 200


def test_late_work_is_done_after_the_drop(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "late", "seconds": 0.5}])
    with pytest.raises(requests.ConnectionError):
        fortnox.create(**NEW_PERSON)
    assert _count(sandbox) == 0
    deadline = time.monotonic() + 30
    while not _count(sandbox) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _count(sandbox) == 1
    assert sandbox.calls(method="POST", path="/3/employees")[0]["worked"] is True


def test_delayed_call_is_answered_in_the_end(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"path": "companyinformation", "action": "delay", "seconds": 0.3}])
    assert fortnox.get("companyinformation").status_code == 200
    call = sandbox.calls(path="/3/companyinformation")[0]
    assert call["end"] - call["start"] >= 0.3


def test_broken_json_cannot_be_read_but_the_work_is_done(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "broken_json"}])
    answer = fortnox.create(**NEW_PERSON)
    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert fortnox.get("employees/1").json()["Employee"]["FirstName"] == "Åsa"


def test_repeated_page_holds_the_first_page_again(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=20)
    sandbox.faults([{"path": "page=2", "action": "repeat_page"}])
    first = fortnox.get("employees", page=1, limit=10).json()
    repeated = fortnox.get("employees", page=2, limit=10).json()
    recovered = fortnox.get("employees", page=2, limit=10).json()
    assert repeated["Employees"] == first["Employees"]
    assert repeated["MetaInformation"]["@CurrentPage"] == 2
    assert recovered["Employees"] != first["Employees"]


def test_short_page_lacks_a_record_while_the_total_stays(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=20)
    sandbox.faults([{"path": "/employees", "action": "short_page"}])
    short = fortnox.get("employees").json()
    assert len(short["Employees"]) == held - 1
    assert short["MetaInformation"]["@TotalResources"] == held
    assert len(fortnox.get("employees").json()["Employees"]) == held


def test_wrong_total_promises_one_too_many(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=20)
    sandbox.faults([{"path": "/employees", "action": "wrong_total"}])
    assert fortnox.get("employees").json()["MetaInformation"]["@TotalResources"] == held + 1
    assert fortnox.get("employees").json()["MetaInformation"]["@TotalResources"] == held


def test_vendor_that_is_down_refuses_everything_until_it_is_back(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    sandbox.down()
    assert fortnox.get("companyinformation").status_code == 503
    assert fortnox.open_login().status_code == 503
    sandbox.down(how="drop")
    with pytest.raises(requests.ConnectionError):
        fortnox.get("companyinformation")
    sandbox.down(down=False)
    assert fortnox.get("companyinformation").status_code == 200


def test_rules_tell_how_often_they_were_seen_and_fired(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"path": "companyinformation", "k": 2, "action": "refuse"}])
    for _ in range(3):
        fortnox.get("companyinformation")
    rule = sandbox.call("GET", "faults")["faults"][0]
    assert (rule["seen"], rule["fired"]) == (3, 1)


@pytest.mark.parametrize("rule", [{"action": "explode"}, {"action": "drop", "path": "("}, {"action": "drop", "x": 1}])
def test_rule_that_says_nothing_is_refused(sandbox: SandboxClient, rule: dict[str, object]) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        sandbox.faults([rule])
    assert sandbox.call("GET", "faults") == {"faults": []}


def test_an_answer_that_trickles_comes_whole_in_the_end_and_the_work_is_done_at_once(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "trickle", "seconds": 0.5}])
    started = time.monotonic()
    answer = fortnox.create(**NEW_PERSON)
    assert time.monotonic() - started >= 0.4
    assert (answer.status_code, answer.json()["Employee"]["FirstName"], _count(sandbox)) == (201, "Åsa", 1)
    assert fortnox.get("employees/1").status_code == 200


def test_an_answer_that_trickles_late_never_ends_and_its_work_is_done_after_all(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "late_trickle", "seconds": 0.5}])
    with pytest.raises(requests.RequestException):
        fortnox.create(**NEW_PERSON)
    deadline = time.monotonic() + 30
    while not _count(sandbox) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _count(sandbox) == 1
    assert fortnox.get("employees/1").status_code == 200


def test_another_answer_is_given_for_a_work_that_is_done(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    headers = {"Location": "http://[::1", "Retry-After": "Mon, 02 Mar 2026 12:00:20 +99999999"}
    rule = {"action": "replace", "status": 302, "body": "Ad\ud800", "headers": headers}
    sandbox.faults([{"method": "PUT", "path": "/employees/1$", **rule}])
    fortnox.create(**NEW_PERSON)
    with pytest.raises(ValueError, match="Invalid IPv6 URL"):
        fortnox.change("1", City="Umeå")
    assert fortnox.get("employees/1").json()["Employee"]["City"] == "Umeå"


def test_a_record_may_hold_half_of_a_surrogate_pair_and_a_nul(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    sandbox.change("fortnox", "employees", "1", {"LastName": "Ö\ud800", "City": "A\0"})
    assert b"\xed\xa0\x80" in fortnox.get("employees").content
    assert fortnox.get("employees/1").content.count(b"\\u0000") == 1


def test_a_list_moves_between_two_of_its_pages(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    for number in range(1, 5):
        sandbox.add("fortnox", "employees", {"EmployeeId": str(number), "FirstName": "N", "LastName": str(number)})
    new = {"EmployeeId": "9", "FirstName": "N", "LastName": "9"}
    sandbox.faults([{"path": "page=2", "action": "move_list", "remove": ["1"], "add": [new]}])

    pages = [fortnox.get(f"employees?page={page}&limit=2").json() for page in (1, 2)]

    named = [row["EmployeeId"] for page in pages for row in page["Employees"]]
    # 3 has moved to page 1, which was read already.
    assert named == ["1", "2", "4", "9"]
    assert {page["MetaInformation"]["@TotalResources"] for page in pages} == {4}
    assert [record["EmployeeId"] for record in sandbox.state("fortnox", "employees")] == ["2", "3", "4", "9"]


@pytest.mark.parametrize("row", [None, 7, "x", [], {"EmployeeId": None}])
def test_a_row_of_a_list_is_odd(fortnox: FortnoxCaller, sandbox: SandboxClient, row: object) -> None:
    fortnox.create(**NEW_PERSON)
    fortnox.create(**{**NEW_PERSON, "Email": "other@x.se", "Phone1": ""})
    sandbox.faults([{"method": "GET", "path": "/employees", "action": "odd_row", "at": 1, "row": row}])
    first, second = fortnox.get("employees").json()["Employees"]
    assert (first["EmployeeId"], second) == ("1", row)
    assert fortnox.get("employees").json()["Employees"][1]["EmployeeId"] == "2"


def test_odd_values_stand_over_a_records_own(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    sandbox.faults([{"method": "GET", "path": "/employees", "action": "odd_row", "values": {"City": [1]}, "count": 2}])
    (listed,) = fortnox.get("employees").json()["Employees"]
    alone = fortnox.get("employees/1").json()["Employee"]
    assert (listed["City"], alone["City"]) == ([1], [1])
    assert (listed["FirstName"], alone["FirstName"]) == (NEW_PERSON["FirstName"],) * 2
    assert fortnox.get("employees/1").json()["Employee"]["City"] != [1]


def test_a_record_that_is_not_there_is_not_made_odd(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    sandbox.faults([{"method": "GET", "path": "/employees", "action": "odd_row", "at": 5, "row": None}])
    assert [row["EmployeeId"] for row in fortnox.get("employees").json()["Employees"]] == ["1"]
