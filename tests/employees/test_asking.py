"""What most likely is wrong, in the forms: asked before it is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from employees.models import BankAccount, Company, Department, Employee
from tests.employees.asking import ADD, ASE, BJORN, answer, answers_of, change, told
from tests.factories import BankAccountFactory, CompanyFactory, DepartmentFactory, EmployeeFactory, PositionFactory
from tests.pages import form_values, press

# --- Texts in the wrong encoding --------------------------------------------------------------------------


@pytest.mark.behaviour("D-11")
def test_a_text_that_looks_read_in_the_wrong_encoding_is_not_saved_before_somebody_says_how(
    hr_admin: Client, eva: Employee
) -> None:
    asked = change(hr_admin, eva, {"given_name": BJORN})

    eva.refresh_from_db()
    assert (asked.status_code, eva.given_name) == (200, "Eva")
    assert "Save “Björn”" in asked.content.decode()
    assert [len(values) for values in answers_of(asked).values()] == [2]


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    ("field", "written", "likely"),
    [("employment_id", "Ã…-7", "Å-7"), ("given_name", "Bj&ouml;rn", "Björn"), ("street", "Gatan_x000D_1", "Gatan 1")],
)
def test_ids_and_signs_of_web_pages_are_asked_about_too(
    hr_admin: Client, eva: Employee, field: str, written: str, likely: str
) -> None:
    asked = change(hr_admin, eva, {field: written})
    assert asked.status_code == 200

    answer(hr_admin, asked, first=True)
    eva.refresh_from_db()
    assert getattr(eva, field) == likely


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(("first", "saved"), [(True, "Björn"), (False, BJORN)])
def test_the_likely_text_is_saved_by_one_choice_and_the_typed_one_by_the_other(
    hr_admin: Client, eva: Employee, first: bool, saved: str
) -> None:
    response = answer(hr_admin, change(hr_admin, eva, {"given_name": BJORN}), first=first)

    eva.refresh_from_db()
    assert (response.status_code, eva.given_name) == (302, saved)


@pytest.mark.behaviour("D-11")
def test_an_answer_counts_for_no_other_text(hr_admin: Client, eva: Employee) -> None:
    asked = change(hr_admin, eva, {"given_name": BJORN})

    again = answer(hr_admin, asked, first=False, changes={"given_name": ASE})

    eva.refresh_from_db()
    assert (again.status_code, eva.given_name) == (200, "Eva")
    assert "Save “Åse”" in again.content.decode()


@pytest.mark.behaviour("D-11")
def test_an_answer_is_kept_while_another_field_is_wrong(hr_admin: Client, eva: Employee) -> None:
    asked = change(hr_admin, eva, {"given_name": BJORN})
    wrong = answer(hr_admin, asked, changes={"work_email": "nobody"})
    assert wrong.status_code == 200

    right = press(hr_admin, wrong, changes={"work_email": "bjorn@example.se"})

    eva.refresh_from_db()
    assert (right.status_code, eva.given_name) == (302, "Björn")


@pytest.mark.behaviour("D-11")
def test_a_text_that_is_stored_already_is_not_asked_about_again(hr_admin: Client, eva: Employee) -> None:
    Employee._base_manager.filter(pk=eva.pk).update(given_name=BJORN)

    assert change(hr_admin, eva, {"family_name": "Berg"}).status_code == 302


@pytest.mark.behaviour("D-11")
def test_every_name_and_address_is_asked_about_at_once(hr_admin: Client, eva: Employee) -> None:
    names = ("given_name", "family_name", "street", "street2", "city")
    asked = change(hr_admin, eva, dict.fromkeys(names, BJORN))
    assert len(answers_of(asked)) == len(names)

    assert answer(hr_admin, asked).status_code == 302

    eva.refresh_from_db()
    assert {getattr(eva, name) for name in names} == {"Björn"}


@pytest.mark.behaviour("D-11")
def test_a_position_is_asked_about_within_its_table(hr_admin: Client, eva: Employee) -> None:
    position = PositionFactory.create(employee=eva)

    asked = change(hr_admin, eva, {"positions-0-title": BJORN})
    assert answer(hr_admin, asked).status_code == 302

    position.refresh_from_db()
    assert position.title == "Björn"


@pytest.mark.behaviour("D-11")
def test_a_new_person_with_a_position_is_asked_about_both(hr_admin: Client, eva: Employee) -> None:
    values = {"given_name": BJORN, "family_name": "Berg", "company": str(eva.company_id), "positions-TOTAL_FORMS": "1"}
    values |= {"positions-0-title": ASE, "positions-0-start": "2024-01-01", "positions-0-employment_type": "ordinary"}
    posted = {**form_values(hr_admin.get(ADD)), **values, "positions-0-id": "", "positions-0-employee": ""}

    asked = hr_admin.post(ADD, {**posted, "_save": "Save"})
    assert len(answers_of(asked)) == 2
    assert answer(hr_admin, asked).status_code == 302

    added = Employee.objects.get(family_name="Berg")
    assert (added.given_name, added.positions.get().title) == ("Björn", "Åse")


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("factory", [DepartmentFactory, CompanyFactory])
def test_the_name_of_a_department_and_a_company_is_asked_about(hr_admin: Client, factory: Any) -> None:
    record: Department | Company = factory.create()

    asked = change(hr_admin, record, {"name": BJORN})
    assert asked.status_code == 200
    assert answer(hr_admin, asked).status_code == 302

    record.refresh_from_db()
    assert record.name == "Björn"


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(("factory", "error"), [(DepartmentFactory, "has a department"), (CompanyFactory, "company")])
def test_a_likely_name_that_somebody_has_already_is_refused_like_a_typed_one(
    hr_admin: Client, factory: Any, error: str
) -> None:
    record: Any = factory.create()
    same = {"company": record.company} if isinstance(record, Department) else {}
    factory.create(name="Björn", **same)

    asked = change(hr_admin, record, {"name": BJORN})
    refused = answer(hr_admin, asked)

    assert refused.status_code == 200
    assert "already" in refused.content.decode()
    assert error in refused.content.decode()
    record.refresh_from_db()
    assert record.name not in ("Björn", BJORN)
    # Another name is saved.
    assert press(hr_admin, refused, changes={"name": "Sales"}).status_code == 302


# --- Who it is --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("ABC-1", "abc-1"),
        ("abc-1", "ABC-1"),
        ("Å-1", "å-1"),
        ("aB-1", "Ab-1"),
        ("0042", "42"),
        ("42", "0042"),
        ("42", "'0042"),
        ("1001", "1001.0"),
        ("1001", "1001,0"),
        ("1 001", "1001"),
        ("1001", '"1001"'),
    ],
)
def test_an_employment_id_that_is_somebodys_in_another_writing_is_asked_about(
    hr_admin: Client, eva: Employee, stored: str, typed: str
) -> None:
    EmployeeFactory.create(company=eva.company, given_name="Ada", family_name="Berg", employment_id=stored)

    asked = change(hr_admin, eva, {"employment_id": typed})

    eva.refresh_from_db()
    assert (asked.status_code, eva.employment_id) == (200, "7")
    assert f"Ada Berg ({stored})" in asked.content.decode()
    assert answer(hr_admin, asked).status_code == 302
    eva.refresh_from_db()
    assert eva.employment_id == typed


@pytest.mark.behaviour("D-08", "D-10")
def test_who_moves_to_another_company_is_compared_with_its_people(hr_admin: Client, eva: Employee) -> None:
    number = {"national_id": "5501019805", "national_id_country": "SE"}
    Employee._base_manager.filter(pk=eva.pk).update(birth_date=None, **number)
    there = EmployeeFactory.create(given_name="Ada", family_name="Berg", employment_id="07", **number)

    asked = change(hr_admin, eva, {"company": there.company.pk})

    assert "differs from that of Ada Berg (07)" in asked.content.decode()
    saved = answer(hr_admin, asked)
    eva.refresh_from_db()
    assert (saved.status_code, eva.company) == (302, there.company)
    assert any("The same national ID is also given for Ada Berg (07)" in text for text in told(saved))


@pytest.mark.behaviour("D-10")
def test_the_address_of_somebody_who_left_is_asked_about(hr_admin: Client, eva: Employee) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    ada = EmployeeFactory.create(
        company=eva.company,
        given_name="Ada",
        family_name="Berg",
        employment_id="12",
        work_email="hr@företag.se",
        last_workday=yesterday,
    )

    asked = change(hr_admin, eva, {"work_email": "HR@xn--fretag-wxa.se"})

    assert asked.status_code == 200
    assert "This address belonged to Ada Berg (12), who left on" in asked.content.decode()
    assert answer(hr_admin, asked).status_code == 302
    ada.refresh_from_db()
    assert ada.work_email == ""


# --- Bank accounts ----------------------------------------------------------------------------------------

# A Swedbank account that fits no check digit.
OLD = {"clearing_number": "8327-9", "account_number": "33.957.246-6"}


@pytest.mark.behaviour("D-06")
def test_a_swedbank_account_without_check_digit_is_saved_once_confirmed(payroll: Client, eva: Employee) -> None:
    account = BankAccountFactory.create(employee=eva)

    asked = change(payroll, account, {**OLD, "iban": "", "bic": ""})
    assert asked.status_code == 200
    assert answer(payroll, asked, first=False).status_code == 302

    account.refresh_from_db()
    assert account.clearing_number == "83279"


@pytest.mark.behaviour("D-06")
def test_the_confirmation_of_one_account_counts_for_no_other(payroll: Client, eva: Employee) -> None:
    account = BankAccountFactory.create(employee=eva)
    asked = change(payroll, account, {**OLD, "iban": "", "bic": ""})

    again = answer(payroll, asked, first=False, changes={"clearing_number": "8105-9"})

    assert again.status_code == 200
    assert answers_of(again) != answers_of(asked)


@pytest.mark.behaviour("D-06")
def test_it_is_asked_about_within_the_persons_page(hr_admin: Client, eva: Employee) -> None:
    entered = {f"bank_account-0-{name}": value for name, value in {"country": "SE", **OLD}.items()}

    asked = change(hr_admin, eva, entered)
    assert (asked.status_code, BankAccount.objects.count()) == (200, 0)
    assert answer(hr_admin, asked, first=False).status_code == 302

    assert BankAccount.objects.get(employee=eva).clearing_number == "83279"
    # Once it is kept, nobody is asked again.
    assert change(hr_admin, eva, {"city": "Umeå"}).status_code == 302
