"""What the forms let people choose: countries by their names, and managers without a circle."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from employees.models import Employee
from tests.employees.asking import ADD, change, page_of
from tests.factories import EmployeeFactory
from tests.pages import form_of, form_values

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
