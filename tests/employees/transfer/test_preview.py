"""What the preview says about each row. Nothing is written by it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from employees.demo_people import derive_person
from employees.models import Company, Department, Employee, ImportJob
from tests.employees.transfer.files import preview, reasons
from tests.factories import BankAccountFactory, CompanyFactory, DepartmentFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
HEADER = ["Employment ID", "Work e-mail", "Given name", "Family name", "City"]


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(
        company=company,
        employment_id="1001",
        work_email="anna@example.se",
        given_name="Anna",
        family_name="Ek",
        city="Lund",
    )


def test_new_updated_unchanged_and_bad_rows_are_counted(company: Company, anna: Employee) -> None:
    EmployeeFactory.create(company=company, employment_id="1002", city="Lund")
    job = preview(
        company,
        [
            ["Employment ID", "Given name", "Family name", "City"],
            ["1001", "Anna", "Ek", "Umeå"],
            ["2001", "Eva", "Ek", "Lund"],
            ["2002", "", "Ek", "Lund"],
        ],
    )
    counts = {name: job.counts[name] for name in ("rows", "new", "changed", "unchanged", "bad")}
    assert (job.state, counts) == ("ready", {"rows": 3, "new": 1, "changed": 1, "unchanged": 0, "bad": 1})
    assert Employee.objects.count() == 2


def test_a_difference_is_shown_before_and_after(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "City"], ["1001", "Umeå"]])
    assert job.rows.get().changes == {"city": ["Lund", "Umeå"]}


def test_a_row_that_says_what_the_hub_holds_changes_nothing(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "City", "Work e-mail"], ["1001", "Lund", "anna@example.se"]])
    assert (job.counts["unchanged"], job.rows.count()) == (1, 0)


def test_a_value_written_in_another_way_changes_nothing(company: Company) -> None:
    EmployeeFactory.create(company=company, employment_id="1", work_phone="+46701740605")
    assert preview(company, [["Employment ID", "Work phone"], ["1", "070-174 06 05"]]).counts["unchanged"] == 1


def test_a_bad_row_names_its_columns_with_the_reasons_of_the_form(company: Company, anna: Employee) -> None:
    job = preview(
        company,
        [["Employment ID", "Work phone", "First workday"], ["1001", "070", "31/12/2024"]],
    )
    assert [column for column, _reason in reasons(job)[2]] == ["first_workday", "work_phone"]
    assert "does not exist" in reasons(job)[2][1][1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["1001", "eva@example.se", "", "", ""], "different people"),
        (["9999", "ANNA@example.se", "", "", ""], "another employment ID"),
        (["", "two@example.se", "", "", ""], "Several people"),
        (["", "", "Eva", "Ek", ""], "Give an employment ID or a work e-mail"),
        (["EXAMPLE-1", "", "Eva", "Ek", ""], "template's example"),
        (["example\u20111", "", "Eva", "Ek", ""], "template's example"),
    ],
)
def test_a_row_of_whom_it_cannot_be_told_is_bad(company: Company, anna: Employee, row: list[str], said: str) -> None:
    EmployeeFactory.create(company=company, employment_id="1002", work_email="eva@example.se")
    EmployeeFactory.create_batch(2, company=company, work_email="two@example.se")
    assert said in reasons(preview(company, [HEADER, row]))[2][0][1]


def test_a_person_is_recognised_by_work_email_whatever_its_capitals(company: Company, anna: Employee) -> None:
    job = preview(company, [["Work e-mail", "City"], ["ANNA@Example.SE", "Umeå"]])
    assert job.rows.get().record_id == anna.pk


def test_people_of_another_company_are_not_meant(company: Company, anna: Employee) -> None:
    job = preview(CompanyFactory.create(), [HEADER, ["1001", "anna@example.se", "Anna", "Ek", ""]])
    assert job.counts["new"] == 1


def test_two_rows_about_one_person_are_both_bad(company: Company, anna: Employee) -> None:
    job = preview(company, [HEADER, ["1001", "", "", "", "Umeå"], ["", "anna@example.se", "", "", "Lund"]])
    assert sorted(reasons(job)) == [2, 3]


def test_two_rows_about_one_new_person_are_both_bad(company: Company) -> None:
    job = preview(company, [HEADER, ["", "e@example.se", "E", "Ek", ""], ["", "E@example.se", "E", "Ek", ""]])
    assert sorted(reasons(job)) == [2, 3]


def test_a_blank_cell_clears_and_a_missing_column_leaves(company: Company, anna: Employee) -> None:
    row = preview(company, [["Employment ID", "City"], ["1001", ""]]).rows.get()
    assert (row.changes, row.values) == ({"city": ["Lund", ""]}, {"city": ""})


def test_a_blank_cell_does_not_take_protection_away(company: Company) -> None:
    EmployeeFactory.create(company=company, employment_id="1", protected_identity=True)
    job = preview(company, [["Employment ID", "Protected identity"], ["1", ""]])
    assert reasons(job)[2][0][0] == "protected_identity"
    assert preview(company, [["Employment ID", "Protected identity"], ["1", "no"]]).counts["changed"] == 1


def test_a_national_id_needs_its_country(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "National ID", "Country of the national ID"], ["1001", "5501019805", ""]])
    assert reasons(job)[2][0] == ["national_id_country", "A national ID needs its country."]


# --- Departments, managers, bank accounts -------------------------------------------------------------------


def test_a_department_that_does_not_exist_is_bad_unless_it_may_be_created(company: Company, anna: Employee) -> None:
    lines = [["Employment ID", "Department"], ["1001", "Sales"]]
    assert reasons(preview(company, lines))[2][0][0] == "department"
    assert preview(company, lines, create_departments=True).counts["departments"] == ["Sales"]
    assert not Department.objects.exists()


def test_a_department_is_found_by_its_name_whatever_its_capitals(company: Company, anna: Employee) -> None:
    DepartmentFactory.create(company=company, name="Sales")
    job = preview(company, [["Employment ID", "Department"], ["1001", "SALES"]])
    assert job.rows.get().changes == {"department": ["", "Sales"]}


def test_the_company_column_must_name_the_company_of_the_import(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "Company"], ["1001", "Other AB"]])
    assert reasons(job)[2][0][0] == "company"
    assert preview(company, [["Employment ID", "Company"], ["1001", company.name]]).counts["unchanged"] == 1


def test_a_manager_is_found_in_the_company_and_in_the_file(company: Company, anna: Employee) -> None:
    job = preview(
        company,
        [
            ["Employment ID", "Given name", "Family name", "Manager"],
            ["2", "B", "Ek", "3"],
            ["3", "C", "Ek", "ANNA@example.se"],
        ],
    )
    managers = {row.number: (row.values["manager"], row.depth) for row in job.rows.all()}
    assert managers == {2: (["row", 3], 1), 3: (["person", anna.pk], 0)}


def test_a_manager_whom_nobody_knows_is_bad(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "Manager"], ["1001", "nobody@example.se"]])
    assert reasons(job)[2][0][0] == "manager"


def test_a_manager_whose_row_is_bad_makes_the_row_bad(company: Company) -> None:
    lines = [["Employment ID", "Given name", "Family name", "Manager"], ["2", "B", "Ek", "3"], ["3", "", "", ""]]
    assert "row 3" in reasons(preview(company, lines))[2][0][1]


@pytest.mark.parametrize("turned", [False, True])
def test_everybody_below_a_manager_whose_row_is_bad_is_told_of_the_row_of_their_own_manager(
    company: Company, turned: bool
) -> None:
    chain = [[f"A{number}", "Eva", "Ek", f"A{number + 1}"] for number in range(30)] + [["A30", "Eva", "", ""]]
    rows = [*reversed(chain)] if turned else chain

    job = preview(company, [["Employment ID", "Given name", "Family name", "Manager"], *rows])

    assert job.counts["bad"] == 31
    place = {row[0]: number for number, row in enumerate(rows, 2)}
    told = {number: texts[0][1] for number, texts in reasons(job).items()}
    assert all(f"row {place[row[3]]}," in told[place[row[0]]] for row in chain[:-1])


def test_a_circle_of_managers_within_the_file_is_bad(company: Company) -> None:
    people = [EmployeeFactory.create(company=company, employment_id=str(number)) for number in range(3)]
    Employee._base_manager.filter(pk=people[2].pk).update(manager=people[0])
    job = preview(company, [["Employment ID", "Manager"], ["0", "1"], ["1", "2"]])
    assert sorted(reasons(job)) == [2, 3]


def test_a_manager_written_in_another_way_changes_nothing(company: Company, anna: Employee) -> None:
    EmployeeFactory.create(company=company, employment_id="2", manager=anna)
    assert preview(company, [["Employment ID", "Manager"], ["2", "anna@example.se"]]).counts["unchanged"] == 1


def test_a_wrong_bank_account_is_bad_by_column(company: Company, anna: Employee) -> None:
    lines = [["Employment ID", "bank_country", "Clearing number", "Account number"], ["1001", "SE", "5439", "0000005"]]
    assert reasons(preview(company, lines))[2][0][0] == "account_number"


def test_only_blank_bank_columns_mean_no_account(company: Company, anna: Employee) -> None:
    BankAccountFactory.create(employee=anna)
    lines = [["Employment ID", "bank_country", "Clearing number", "Account number"], ["1001", "", "", ""]]
    assert preview(company, lines).rows.get().values == {"bank_account": None}


def test_sensitive_differences_are_kept_apart(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "National ID", "City"], ["1001", "5501019805", "Umeå"]])
    row = job.rows.get()
    assert (set(row.changes), set(row.sensitive_changes), job.has_sensitive) == ({"city"}, {"national_id"}, True)


def test_sensitive_columns_are_refused_to_whoever_may_not_change_them(company: Company, anna: Employee) -> None:
    lines = [["Employment ID", "National ID", "City"], ["1001", "5501019805", "Umeå"]]
    job = preview(company, lines, sensitive_allowed=False)
    assert (job.state, "National ID" in job.error) == ("failed", True)
    assert preview(company, [["Employment ID", "City"], ["1001", "Umeå"]], sensitive_allowed=False).state == "ready"


# --- The file and the job ------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_ends_the_job_with_the_reason(company: Company) -> None:
    job = preview(company, content="Employment ID\nÅ".encode("latin-1"))
    assert (job.state, "UTF-8" in job.error, job.content) == ("failed", True, b"")


def test_the_file_is_not_kept_once_it_has_been_read(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "City"], ["1001", "Umeå"]])
    assert ImportJob.objects.get(pk=job.pk).content == b""


def test_ten_thousand_rows_are_previewed_in_a_bounded_number_of_queries(company: Company) -> None:
    people = [derive_person(index=index, seed=1) for index in range(10_000)]
    lines = [["Work e-mail", "Given name", "Family name"]]
    lines += [[each.work_email, each.given_name, each.family_name] for each in people]
    with CaptureQueriesContext(connection) as captured:
        assert preview(company, lines).counts["new"] == 10_000
    assert len(captured) <= 250
