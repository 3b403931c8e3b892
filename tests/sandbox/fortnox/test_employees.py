import pytest
import requests

from tests.sandbox.fortnox_caller import FIRST_COMPANY, NEW_PERSON, FortnoxCaller, code_of
from tests.sandbox_client import SandboxClient


def test_list_comes_in_pages_of_100_with_the_total(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=250)
    answer = fortnox.get("employees").json()
    assert len(answer["Employees"]) == 100
    assert answer["MetaInformation"] == {"@TotalResources": held, "@TotalPages": 3, "@CurrentPage": 1}


def test_pages_together_hold_everybody_once(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=250)
    pages = [fortnox.get("employees", page=page, limit=90).json()["Employees"] for page in (1, 2, 3)]
    assert len({row["EmployeeId"] for page in pages for row in page}) == held


def test_list_takes_at_most_500_a_page(fortnox: FortnoxCaller) -> None:
    assert fortnox.get("employees", limit=500).status_code == 200
    assert fortnox.get("employees", limit=501).status_code == 400


def test_list_row_leads_to_the_employee_and_carries_the_same(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=1)
    row = fortnox.get("employees").json()["Employees"][0]
    whole = fortnox.session.get(row["@url"], timeout=10).json()["Employee"]
    assert whole == row
    assert "CostCenter" in row


@pytest.mark.parametrize(("employee_filter", "count"), [("active", 48), ("inactive", 1)])
def test_list_filters_by_activity(
    fortnox: FortnoxCaller, sandbox: SandboxClient, employee_filter: str, count: int
) -> None:
    sandbox.seed(people=50)
    assert fortnox.get("employees", filter=employee_filter).json()["MetaInformation"]["@TotalResources"] == count


@pytest.mark.parametrize("parameter", ["lastmodified", "sortby"])
def test_list_refuses_other_parameters(fortnox: FortnoxCaller, parameter: str) -> None:
    assert code_of(fortnox.get("employees", **{parameter: "2024-01-01 00:00"})) == 2000588


def test_new_person_gets_an_id_and_a_schedule_without_hours(fortnox: FortnoxCaller) -> None:
    answer = fortnox.create(**NEW_PERSON)
    created = answer.json()["Employee"]
    assert answer.status_code == 201
    assert created["EmployeeId"] == "1"
    assert created["FullName"] == "Åsa Öberg"
    assert created["ScheduleId"] == "0"
    assert fortnox.get("employees/1").json()["Employee"] == created


def test_what_is_empty_comes_back_as_empty_text_and_numbers_as_text(fortnox: FortnoxCaller) -> None:
    created = fortnox.create(**NEW_PERSON, MonthlySalary=45000).json()["Employee"]
    assert created["EmployedTo"] == ""
    assert created["ForaType"] == ""
    assert created["MonthlySalary"] == "45000"


def test_two_people_may_share_an_email(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    assert fortnox.create(**NEW_PERSON).status_code == 201
    assert len(sandbox.state("fortnox", "employees")) == 2


def test_taken_employee_id_is_refused_and_a_free_one_accepted(fortnox: FortnoxCaller) -> None:
    fortnox.create(**NEW_PERSON, EmployeeId="A7")
    assert fortnox.create(**NEW_PERSON, EmployeeId="A7").status_code == 400
    assert fortnox.create(**NEW_PERSON, EmployeeId="A8").status_code == 201


@pytest.mark.parametrize("missing", ["FirstName", "LastName", "Email"])
def test_names_and_email_are_required(fortnox: FortnoxCaller, missing: str) -> None:
    values = {name: value for name, value in NEW_PERSON.items() if name != missing}
    answer = fortnox.create(**values)
    assert code_of(answer) == 2000699
    assert answer.json()["ErrorInformation"]["Message"] == f"Värdet kan inte vara null. ({missing.lower()})"
    assert fortnox.create(**{**values, missing: ""}).status_code == 400
    assert fortnox.create(**NEW_PERSON).status_code == 201


@pytest.mark.parametrize("missing", ["PersonelType", "EmploymentForm", "SalaryForm"])
def test_agreement_fields_are_required_unless_the_company_has_a_default(
    fortnox: FortnoxCaller, sandbox: SandboxClient, missing: str
) -> None:
    values = {name: value for name, value in NEW_PERSON.items() if name != missing}
    refused = fortnox.create(**values)
    assert refused.json()["ErrorInformation"]["Message"] == "Värdet kan inte vara null. (ftgavtalid)"
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"default_agreement": True})
    assert fortnox.create(**values).status_code == 201


def test_change_touches_only_what_was_sent(fortnox: FortnoxCaller) -> None:
    before = fortnox.create(**NEW_PERSON, Phone1="070-174 06 05", City="Umeå").json()["Employee"]
    answer = fortnox.change("1", City="Luleå", Phone1="", Address1=None)
    assert answer.status_code == 200
    assert answer.json()["Employee"] == {**before, "City": "Luleå"}


def test_the_marker_clears_a_value(fortnox: FortnoxCaller) -> None:
    fortnox.create(**NEW_PERSON, City="Umeå", ClearingNo="5439", BankAccountNo="0000000")
    changed = fortnox.change("1", City="API_BLANK", ClearingNo="API_BLANK", BankAccountNo="API_BLANK")
    assert changed.json()["Employee"]["City"] == ""
    assert changed.json()["Employee"]["BankAccountNo"] == ""


@pytest.mark.parametrize("blank", ["", "API_BLANK", None])
def test_email_is_never_cleared(fortnox: FortnoxCaller, blank: str | None) -> None:
    fortnox.create(**NEW_PERSON)
    assert code_of(fortnox.change("1", Email=blank)) == 2000699
    assert fortnox.get("employees/1").json()["Employee"]["Email"] == NEW_PERSON["Email"]


@pytest.mark.parametrize(
    ("field", "wrong", "right"),
    [
        ("JobTitle", "x" * 31, "x" * 30),
        ("EmploymentForm", "XYZ", "VIK"),
        ("EmploymentDate", "2024-02-30", "2024-02-29"),
        ("EmploymentDate", "20240229", "2024-02-29"),
        ("PersonalIdentityNumber", "12345", "8001019808"),
        ("MonthlySalary", "many", "45000"),
        ("Inactive", "perhaps", True),
        ("Email", "nobody", "somebody@example.se"),
        ("FirstName", "A|B", "A B"),
        ("City", "Kil\u2011Grums", "Kil-Grums"),
        ("City", "<b>", "A\nB"),
        ("TaxColumn", 7, 6),
        ("EmployeeId", "2", "1"),
        ("City", "API_NORIGHT", "Umeå"),
    ],
)
def test_wrong_value_is_refused_whole_and_a_right_one_accepted(
    fortnox: FortnoxCaller, field: str, wrong: object, right: object
) -> None:
    before = fortnox.create(**NEW_PERSON).json()["Employee"]
    refused = fortnox.change("1", **{"Phone2": "070-174 06 99", field: wrong})
    assert refused.status_code == 400
    assert "ErrorInformation" in refused.json()
    assert fortnox.get("employees/1").json()["Employee"] == before
    assert fortnox.change("1", **{field: right}).status_code == 200


@pytest.mark.parametrize(
    "account",
    [
        {"ClearingNo": "54-39", "BankAccountNo": "0000000"},
        {"ClearingNo": "5439", "BankAccountNo": "000 00 00"},
        {"ClearingNo": "543", "BankAccountNo": "0000000"},
        {"ClearingNo": "5439", "BankAccountNo": "12345"},
        {"ClearingNo": "5439"},
    ],
)
def test_bank_account_is_validated(fortnox: FortnoxCaller, account: dict[str, str]) -> None:
    fortnox.create(**NEW_PERSON)
    assert fortnox.change("1", **account).status_code == 400
    assert fortnox.change("1", ClearingNo="5439", BankAccountNo="0000000").status_code == 200


def test_last_day_is_not_before_the_first(fortnox: FortnoxCaller) -> None:
    fortnox.create(**NEW_PERSON, EmploymentDate="2024-05-01")
    assert fortnox.change("1", EmployedTo="2024-04-30").status_code == 400
    assert fortnox.change("1", EmployedTo="2024-05-01").status_code == 200


def test_dated_wages_set_the_one_in_force_and_exclude_a_single_one(fortnox: FortnoxCaller) -> None:
    fortnox.create(**NEW_PERSON)
    rows = [
        {"EmployeeId": "1", "FirstDay": "1970-01-01", "MonthlySalary": "30000"},
        {"EmployeeId": "1", "FirstDay": "2020-01-01", "MonthlySalary": "35000"},
    ]
    assert fortnox.change("1", DatedWages=rows, MonthlySalary="1").status_code == 400
    assert fortnox.change("1", DatedWages=rows[1:]).status_code == 400
    assert fortnox.change("1", DatedWages=rows).json()["Employee"]["MonthlySalary"] == "35000"
    assert fortnox.change("1", MonthlySalary="36000").json()["Employee"]["DatedWages"] == []


@pytest.mark.parametrize("key", ["Nickname", "FullName", "VacationDaysSaved", "@url"])
def test_unknown_and_read_only_keys_are_refused(fortnox: FortnoxCaller, key: str) -> None:
    assert code_of(fortnox.create(**NEW_PERSON, **{key: "x"})) == 2001399


@pytest.mark.parametrize(("body", "code"), [(b"{", 2002115), (b"[]", 2001392), (b'{"Person": {}}', 2001392)])
def test_broken_body_is_refused(fortnox: FortnoxCaller, body: bytes, code: int) -> None:
    kind = {"Content-Type": "application/json"}
    assert code_of(fortnox.session.post(f"{fortnox.url}/3/employees", data=body, headers=kind, timeout=10)) == code


def test_body_must_say_that_it_is_json(fortnox: FortnoxCaller) -> None:
    assert code_of(fortnox.session.post(f"{fortnox.url}/3/employees", data={"a": "b"}, timeout=10)) == 1000031


def test_missing_employee_is_not_found(fortnox: FortnoxCaller) -> None:
    assert fortnox.get("employees/77").status_code == 404
    assert fortnox.change("77", City="Umeå").status_code == 404


def test_nothing_is_deleted(fortnox: FortnoxCaller) -> None:
    fortnox.create(**NEW_PERSON)
    assert fortnox.session.delete(f"{fortnox.url}/3/employees/1", timeout=10).status_code == 405
    assert fortnox.get("employees/1").status_code == 200


def test_field_without_right_is_hidden_everywhere_and_not_written(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    sandbox.seed(people=1)
    sandbox.settings("fortnox", no_right=["MonthlySalary"])
    assert fortnox.get("employees/1000").json()["Employee"]["MonthlySalary"] == "API_NORIGHT"
    assert fortnox.get("employees").json()["Employees"][0]["MonthlySalary"] == "API_NORIGHT"
    assert code_of(fortnox.change("1000", MonthlySalary="1")) == 0
    sandbox.settings("fortnox", no_right=[])
    assert fortnox.change("1000", MonthlySalary="29000").json()["Employee"]["MonthlySalary"] == "29000"


def test_whatever_is_about_somebody_without_a_right_is_refused(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=20)
    row = {"EmployeeId": "1000", "CauseCode": "SJK", "Date": "2026-03-02", "Extent": 100}
    held = sandbox.add("fortnox", "absences", row)
    rows = f"{fortnox.url}/3/absencetransactions"
    sandbox.settings("fortnox", employees_without_right=["1000"])

    refused = [
        fortnox.get("employees/1000"),
        fortnox.change("1000", City="Umeå"),
        fortnox.get("absencetransactions", employeeid="1000"),
        fortnox.get(f"absencetransactions/{held['id']}"),
        fortnox.get("scheduletimes/1000/2026-03-02"),
        fortnox.session.post(rows, json={"AbsenceTransaction": row}, timeout=10),
        fortnox.session.delete(f"{rows}/{held['id']}", timeout=10),
    ]
    assert [(answer.status_code, code_of(answer)) for answer in refused] == [(403, 0)] * len(refused)
    assert fortnox.session.post(rows, data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert fortnox.change("1001", City="Umeå").status_code == 200
    assert fortnox.get("employees").json()["MetaInformation"]["@TotalResources"] > 1

    sandbox.settings("fortnox", employees_without_right=[])
    assert fortnox.change("1000", City="Umeå").status_code == 200


def test_errors_come_in_both_spellings(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    assert set(fortnox.get("employees/77").json()["ErrorInformation"]) == {"Error", "Message", "Code"}
    sandbox.settings("fortnox", capitalised_errors=False)
    assert set(fortnox.get("employees/77").json()["ErrorInformation"]) == {"error", "message", "code"}


@pytest.mark.parametrize("authorisation", ["", "Bearer wrong", "Basic wrong"])
def test_strangers_are_unauthorised(stranger: FortnoxCaller, authorisation: str) -> None:
    answer = requests.get(
        f"{stranger.url}/3/employees", headers={"Authorization": authorisation}, timeout=10, proxies={"http": ""}
    )
    assert (answer.status_code, answer.json()) == (401, {"message": "unauthorized"})


def test_where_nobody_has_confirmed_it_the_marker_may_clear_an_email_that_is_there(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    fortnox.create(**NEW_PERSON)
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"emptied_email": True})
    assert fortnox.change("1", Email="API_BLANK").json()["Employee"]["Email"] == ""
    assert fortnox.change("1", City="Luleå").status_code == 200
    assert code_of(fortnox.create(**{**NEW_PERSON, "Email": "API_BLANK"})) == 2000699
