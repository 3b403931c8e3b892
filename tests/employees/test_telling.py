"""What may be right and should be looked at all the same, in the forms: kept, and told."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from employees.models import Employee
from tests.employees.asking import change, told
from tests.factories import BankAccountFactory, EmployeeFactory


@pytest.mark.behaviour("D-02")
def test_a_birth_date_that_does_not_fit_the_first_workday_is_kept_and_told(hr_admin: Client, eva: Employee) -> None:
    saved = change(hr_admin, eva, {"birth_date": "2021-05-05", "first_workday": "2020-01-01"})

    assert saved.status_code == 302
    assert any(
        text.startswith("Eva Ek (7), Birth date: The birth date is after the first workday") for text in told(saved)
    )


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
    assert f"Eva Ek (7), Work phone: “{left_out}” stands beside the number and was left out." in told(saved)


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


@pytest.mark.behaviour("D-05")
def test_the_bic_of_another_bank_is_kept_and_told(payroll: Client, eva: Employee) -> None:
    account = BankAccountFactory.create(employee=eva)
    changes = {"country": "NL", "clearing_number": "", "account_number": "", "iban": "NL91ABNA0417164300"}

    saved = change(payroll, account, {**changes, "bic": "INGBNL2A"})

    account.refresh_from_db()
    assert account.bic == "INGBNL2A"
    assert any("another bank" in text for text in told(saved))
