"""The sandbox's absence transactions and schedule times, asked in Fortnox's own words."""

from datetime import date, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.fortnox_caller import FIRST_COMPANY, FortnoxCaller, code_of
from tests.sandbox_client import SandboxClient

ROWS = "absencetransactions"
MONDAY = "2026-03-02"
SATURDAY = "2026-03-07"


@pytest.fixture(autouse=True)
def people(sandbox: SandboxClient) -> None:
    sandbox.seed(people=20)


def create(fortnox: FortnoxCaller, **values: object) -> requests.Response:
    row = {"EmployeeId": "1000", "CauseCode": "SJK", "Date": MONDAY, "Extent": 100, **values}
    return fortnox.session.post(f"{fortnox.url}/3/{ROWS}", json={"AbsenceTransaction": row}, timeout=10)


def change(fortnox: FortnoxCaller, row_id: str, **values: object) -> requests.Response:
    return fortnox.session.put(f"{fortnox.url}/3/{ROWS}/{row_id}", json={"AbsenceTransaction": values}, timeout=10)


def delete(fortnox: FortnoxCaller, row_id: str) -> requests.Response:
    return fortnox.session.delete(f"{fortnox.url}/3/{ROWS}/{row_id}", timeout=10)


def created(fortnox: FortnoxCaller, **values: object) -> dict[str, Any]:
    answer = create(fortnox, **values)
    assert answer.status_code == 201
    row: dict[str, Any] = answer.json()["AbsenceTransaction"]
    return row


def test_a_row_is_created_read_changed_and_deleted_by_its_id(fortnox: FortnoxCaller) -> None:
    row = created(fortnox)

    assert fortnox.get(f"{ROWS}/{row['id']}").json()["AbsenceTransaction"]["CauseCode"] == "SJK"
    changed = change(fortnox, row["id"], Extent=50).json()["AbsenceTransaction"]
    assert (changed["Extent"], changed["Hours"], changed["Date"]) == (50, 4, MONDAY)
    assert (delete(fortnox, row["id"]).status_code, fortnox.get(f"{ROWS}/{row['id']}").status_code) == (200, 404)


def test_the_same_row_twice_stands_twice(fortnox: FortnoxCaller) -> None:
    ids = {created(fortnox)["id"], created(fortnox)["id"]}

    listed = fortnox.get(ROWS, employeeid="1000").json()["AbsenceTransactions"]
    assert {row["id"] for row in listed} == ids
    assert len(fortnox.get(f"{ROWS}/1000/{MONDAY}/SJK").json()["AbsenceTransactions"]) == 2


@pytest.mark.parametrize(
    ("day", "extent", "hours"), [(MONDAY, 100, 8), (MONDAY, 50, 4), (MONDAY, 1, 0.08), (SATURDAY, 100, 0)]
)
def test_hours_follow_the_persons_schedule(fortnox: FortnoxCaller, day: str, extent: int, hours: float) -> None:
    assert created(fortnox, Date=day, Extent=extent)["Hours"] == hours


def test_a_person_without_scheduled_hours_is_absent_for_none(fortnox: FortnoxCaller) -> None:
    assert created(fortnox, EmployeeId="1009")["Hours"] == 0
    assert created(fortnox, EmployeeId="1014")["Hours"] == 4


def test_numbers_come_as_text_where_that_is_set(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.settings("fortnox", numbers_as_text=True)

    row = created(fortnox, Extent=50)
    assert (row["Extent"], row["Hours"]) == ("50", "4")


def test_a_persons_rows_are_listed_in_pages(fortnox: FortnoxCaller) -> None:
    for number in range(3):
        created(fortnox, Date=(date(2026, 3, 2) + timedelta(days=number)).isoformat())
    created(fortnox, EmployeeId="1001")

    first = fortnox.get(ROWS, employeeid="1000", limit=2).json()
    second = fortnox.get(ROWS, employeeid="1000", limit=2, page=2).json()
    assert first["MetaInformation"] == {"@TotalResources": 3, "@TotalPages": 2, "@CurrentPage": 1}
    assert [len(page["AbsenceTransactions"]) for page in (first, second)] == [2, 1]
    assert len(fortnox.get(ROWS, date=MONDAY).json()["AbsenceTransactions"]) == 2


def test_one_filter_at_a_time_is_taken(fortnox: FortnoxCaller) -> None:
    assert code_of(fortnox.get(ROWS, employeeid="1000", date=MONDAY)) == 2000588


@pytest.mark.parametrize(
    "wrong",
    [
        {"CauseCode": "XYZ"},
        {"EmployeeId": "9999"},
        {"Date": "2026-02-30"},
        {"Extent": 101},
        {"Extent": "half"},
        {"Hours": 25},
        {"id": "00000000-0000-4000-8000-000000000000"},
        {"Note": "fever"},
        {"CauseCode": None},
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(
    fortnox: FortnoxCaller, sandbox: SandboxClient, wrong: dict[str, Any]
) -> None:
    assert create(fortnox, **wrong).status_code == 400
    assert sandbox.state("fortnox", "absences") == []
    assert create(fortnox).status_code == 201


@pytest.mark.parametrize("code", ["TJL", "FRX", "NÄR"])
def test_every_known_code_is_taken(fortnox: FortnoxCaller, code: str) -> None:
    assert created(fortnox, CauseCode=code)["CauseCode"] == code


def test_days_of_closed_payroll_are_refused_until_they_are_opened(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    row = created(fortnox)
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_closed_to": MONDAY})

    answers = [create(fortnox), change(fortnox, row["id"], Extent=50), delete(fortnox, row["id"])]
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert create(fortnox, Date="2026-03-03").status_code == 201

    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_closed_to": ""})
    assert delete(fortnox, row["id"]).status_code == 200


def test_somebody_at_fortnox_types_and_removes_rows(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    typed = sandbox.add("fortnox", "absences", {"EmployeeId": "1000", "CauseCode": "ZZZ", "Date": MONDAY})
    assert fortnox.get(ROWS).json()["AbsenceTransactions"][0]["CauseCode"] == "ZZZ"

    sandbox.change("fortnox", "absences", typed["id"], {"CauseCode": "VAB"})
    assert fortnox.get(f"{ROWS}/{typed['id']}").json()["AbsenceTransaction"]["CauseCode"] == "VAB"

    sandbox.remove("fortnox", "absences", typed["id"])
    assert fortnox.get(ROWS).json()["AbsenceTransactions"] == []


@pytest.mark.parametrize(
    ("employee_id", "day", "schedule", "hours"),
    [
        ("1000", MONDAY, "HEL", "8"),
        ("1000", SATURDAY, "HEL", "0"),
        ("1009", MONDAY, "0", "0"),
        ("1014", MONDAY, "DEL", "4"),
    ],
)
def test_a_schedule_time_is_one_day_of_one_person(
    fortnox: FortnoxCaller, employee_id: str, day: str, schedule: str, hours: str
) -> None:
    time = fortnox.get(f"scheduletimes/{employee_id}/{day}").json()["ScheduleTime"]

    assert (time["EmployeeId"], time["Date"], time["ScheduleId"], time["Hours"]) == (employee_id, day, schedule, hours)


def test_another_schedule_counts_from_its_first_day(fortnox: FortnoxCaller) -> None:
    rows = [
        {"EmployeeId": "1000", "FirstDay": "1970-01-01", "ScheduleId": "HEL"},
        {"EmployeeId": "1000", "FirstDay": "2026-03-03", "ScheduleId": "DEL"},
    ]
    assert fortnox.change("1000", DatedSchedules=rows).status_code == 200

    hours = [fortnox.get(f"scheduletimes/1000/{day}").json()["ScheduleTime"]["Hours"] for day in (MONDAY, "2026-03-03")]
    assert hours == ["8", "4"]


def test_a_schedule_gets_its_hours_at_fortnox(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "schedules", "0", {"Hours": [6, 6, 6, 6, 6, 0, 0]})

    assert fortnox.get(f"scheduletimes/1009/{MONDAY}").json()["ScheduleTime"]["Hours"] == "6"


def test_nobodys_schedule_time_is_not_found(fortnox: FortnoxCaller) -> None:
    assert fortnox.get(f"scheduletimes/9999/{MONDAY}").status_code == 404


def test_without_the_payroll_licence_no_absence_is_read(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": False})
    assert code_of(fortnox.get(ROWS)) == 2001101

    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": True})
    assert fortnox.get(ROWS).status_code == 200


def test_a_faulty_listing_is_faulty_for_absences_too(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    created(fortnox)
    sandbox.faults([{"action": "short_page", "vendor": "fortnox", "path": ROWS}])

    short = fortnox.get(ROWS).json()
    assert (short["MetaInformation"]["@TotalResources"], short["AbsenceTransactions"]) == (1, [])
    assert len(fortnox.get(ROWS).json()["AbsenceTransactions"]) == 1
