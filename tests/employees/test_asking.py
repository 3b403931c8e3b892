"""What may be right and should be looked at all the same, in the forms: told, or asked before it is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import BankAccount, Company, Department, Employee
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)
from tests.pages import form_of, form_values, press

ADD = reverse("admin:employees_employee_add")
# Björn and Åse, as UTF-8 read in Windows-1252.
BJORN, ASE = "Bj\u00c3\u00b6rn", "\u00c3\u2026se"


def page_of(record: Any) -> str:
    return reverse(f"admin:employees_{record._meta.model_name}_change", args=[record.pk])


def change(client: Client, record: Any, changes: dict[str, Any]) -> Any:
    return press(client, client.get(page_of(record)), changes=changes)


def answers_of(page: Any) -> dict[str, list[str]]:
    """Return what the page's questions can be answered with, by the answer's name."""
    found: dict[str, list[str]] = {}
    for control in form_of(page).controls:
        if "answer." in control.name and control.kind != "hidden":
            found.setdefault(control.name, []).append(control.attributes["value"])
    return found


def answer(client: Client, page: Any, *, first: bool = True, changes: dict[str, Any] | None = None) -> Any:
    """Answer every question with its first, or last, answer."""
    chosen = {name: values[0 if first else -1] for name, values in answers_of(page).items()}
    return press(client, page, changes={**chosen, **(changes or {})})


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request) if message.level_tag == "warning"]


@pytest.fixture
def eva(db: None) -> Employee:
    company = CompanyFactory.create(country="SE")
    return EmployeeFactory.create(company=company, given_name="Eva", family_name="Ek", employment_id="7")


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


# --- What is told -----------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-02")
def test_a_birth_date_that_does_not_fit_the_first_workday_is_kept_and_told(hr_admin: Client, eva: Employee) -> None:
    saved = change(hr_admin, eva, {"birth_date": "2021-05-05", "first_workday": "2020-01-01"})

    assert saved.status_code == 302
    assert any(text.startswith("Eva Ek, Birth date: The birth date is after the first workday") for text in told(saved))


@pytest.mark.behaviour("D-08")
def test_a_birth_date_that_does_not_fit_the_national_id_is_kept_and_told(hr_admin: Client, eva: Employee) -> None:
    changes = {"birth_date": "1985-07-07", "national_id": "550101-9805", "national_id_country": "SE"}
    saved = change(hr_admin, eva, changes)

    assert any("another one than in the national ID" in text for text in told(saved))
    assert not any("9805" in text for text in told(saved))


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    ("written", "left_out"),
    [
        ("08-123 456 78 vx", "vx"),
        ("Växel 08-123 456 78", "Växel"),
        ("070-174 06 05 m", "m"),
        ("☎ 070-174 06 05", "☎"),
        ("070-174 06 05 &", "&"),
    ],
)
def test_a_word_beside_a_phone_number_is_left_out_and_told(
    hr_admin: Client, eva: Employee, written: str, left_out: str
) -> None:
    saved = change(hr_admin, eva, {"work_phone": written})

    eva.refresh_from_db()
    assert eva.work_phone.startswith("+46")
    assert f"Eva Ek, Work phone: “{left_out}” stands beside the number and was left out." in told(saved)


@pytest.mark.behaviour("D-08")
def test_two_people_of_one_company_with_one_national_id_are_told_of_by_name(hr_admin: Client, eva: Employee) -> None:
    EmployeeFactory.create(
        company=eva.company,
        given_name="Ada",
        family_name="Berg",
        employment_id="12",
        national_id="5501019805",
        national_id_country="SE",
        birth_date=None,
    )

    changes = {"national_id": "19550101-9805", "national_id_country": "SE", "birth_date": ""}
    saved = change(hr_admin, eva, changes)

    assert any("The same national ID is also given for Ada Berg (12)." in text for text in told(saved))


@pytest.mark.behaviour("D-08")
def test_the_same_number_in_another_company_or_country_is_not_told(hr_admin: Client, eva: Employee) -> None:
    EmployeeFactory.create(national_id="5501019805", national_id_country="SE")
    EmployeeFactory.create(company=eva.company, national_id="5501019805", national_id_country="US")

    saved = change(hr_admin, eva, {"national_id": "550101-9805", "national_id_country": "SE", "birth_date": ""})

    assert not any("national ID" in text for text in told(saved))


@pytest.mark.behaviour("D-08")
def test_whoever_may_not_see_national_ids_is_told_nothing_of_them(eva: Employee) -> None:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["change_employee", "view_employee"]))
    client = Client()
    client.force_login(user)
    for person in (eva, EmployeeFactory.create(company=eva.company)):
        Employee._base_manager.filter(pk=person.pk).update(national_id="5501019805", national_id_country="SE")

    saved = change(client, eva, {"birth_date": "1985-07-07", "first_workday": "2020-01-01"})

    assert saved.status_code == 302
    assert not any("national ID" in text for text in told(saved))


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


@pytest.mark.behaviour("D-05")
def test_the_bic_of_another_bank_is_kept_and_told(payroll: Client, eva: Employee) -> None:
    account = BankAccountFactory.create(employee=eva)
    changes = {"country": "NL", "clearing_number": "", "account_number": "", "iban": "NL91ABNA0417164300"}

    saved = change(payroll, account, {**changes, "bic": "INGBNL2A"})

    account.refresh_from_db()
    assert account.bic == "INGBNL2A"
    assert any("another bank" in text for text in told(saved))


# --- Countries --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("model_name", "field"),
    [
        ("employee", "country"),
        ("employee", "national_id_country"),
        ("employee", "bank_account-0-country"),
        ("company", "country"),
        ("bankaccount", "country"),
    ],
)
def test_a_country_is_chosen_by_name_the_usual_ones_first(hr_admin: Client, model_name: str, field: str) -> None:
    page = hr_admin.get(reverse(f"admin:employees_{model_name}_add"))

    select = next(each for each in form_of(page).controls if each.name == field)

    options = [(option.value, option.text.strip()) for option in select.options]
    assert options[:3] == [("", "—"), ("SE", "Sweden"), ("NO", "Norway")]
    assert ("XK", "Kosovo") in options


@pytest.mark.behaviour("D-09")
def test_countries_are_named_in_the_readers_language(hr_admin: Client, settings: Any) -> None:
    settings.LANGUAGE_CODE = "sv"

    assert "Tyskland" in hr_admin.get(ADD, headers={"accept-language": "sv"}).content.decode()


@pytest.mark.behaviour("D-09")
def test_a_stored_code_that_is_no_country_stays_selectable(hr_admin: Client, eva: Employee) -> None:
    Employee._base_manager.filter(pk=eva.pk).update(country="ZZ", postal_code="", city="Umeå")

    assert change(hr_admin, eva, {"family_name": "Berg"}).status_code == 302

    eva.refresh_from_db()
    assert (eva.family_name, eva.country) == ("Berg", "ZZ")
    assert change(hr_admin, eva, {"country": "XK"}).status_code == 302


@pytest.mark.behaviour("D-09")
def test_a_code_that_is_no_country_and_was_not_stored_is_refused(hr_admin: Client, eva: Employee) -> None:
    page = hr_admin.get(page_of(eva))
    posted = {**form_values(page), "country": "ZZ", "_save": "Save"}

    assert hr_admin.post(page_of(eva), posted).status_code == 200
    eva.refresh_from_db()
    assert eva.country != "ZZ"


# --- Managers ---------------------------------------------------------------------------------------------


def test_a_chain_of_120_managers_is_no_circle_in_the_form(hr_admin: Client, eva: Employee) -> None:
    above = eva
    for _number in range(120):
        above = EmployeeFactory.create(company=eva.company, manager=above)

    # Whoever stands at the top of it is changed, and gets nobody of the chain as a manager.
    assert change(hr_admin, eva, {"city": "Umeå"}).status_code == 302
    posted = {**form_values(hr_admin.get(page_of(eva))), "manager": str(above.pk), "_save": "Save"}
    refused = hr_admin.post(page_of(eva), posted)
    assert "would lead back to this person" in refused.content.decode()
    # At the other end, one more is added.
    last = EmployeeFactory.create(company=eva.company)
    posted = {**form_values(hr_admin.get(page_of(last))), "manager": str(above.pk), "_save": "Save"}
    assert hr_admin.post(page_of(last), posted).status_code == 302
