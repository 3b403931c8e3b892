"""What settings name keeps its name and its way in: no page takes it away, or gives it to somebody else (OP-15)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from employees.access import second_factor
from employees.access.companies import put_limit
from employees.groups import OPERATOR
from tests.access.account_steps import invite, signed_in
from tests.access.conftest import MakeUser
from tests.access.signing_in import give_phone, text_of
from tests.factories import CompanyFactory
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-15"), pytest.mark.usefixtures("here")]


@pytest.fixture
def root(make_user: MakeUser) -> Client:
    return signed_in(make_user("root", groups=(), is_superuser=True))


@pytest.fixture
def fire(make_user: MakeUser, settings: Any) -> User:
    """An emergency account, which has never signed in, where everybody else comes with the provider."""
    settings.EMERGENCY_USER, settings.PASSWORD_SIGN_IN = "fire", False
    settings.OIDC_ISSUER = "https://id.example"
    return make_user("fire", groups=(OPERATOR,))


def page_of(record: Any, name: str = "change") -> str:
    return reverse(f"admin:auth_{record._meta.model_name}_{name}", args=[record.pk])


def test_the_emergency_account_is_not_deleted(root: Client, fire: User, settings: Any) -> None:
    page = root.get(page_of(fire, "delete"))
    assert "EMERGENCY_USER" in text_of(page)
    assert "Yes, I’m sure" not in buttons_of(page)
    root.post(page_of(fire, "delete"), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [fire.pk], "post": "yes"}
    root.post(reverse("admin:auth_user_changelist"), chosen)
    assert User.objects.filter(pk=fire.pk).exists()

    settings.EMERGENCY_USER = "root"

    press(root, root.get(page_of(fire, "delete")), "Yes, I’m sure")
    assert not User.objects.filter(pk=fire.pk).exists()


@pytest.mark.parametrize("who", ["operator", "root"])
def test_it_keeps_its_name(request: pytest.FixtureRequest, who: str, fire: User, settings: Any) -> None:
    client: Client = request.getfixturevalue(who)

    refused = press(client, client.get(page_of(fire)), "", {"username": "water"})

    assert "EMERGENCY_USER names this account" in text_of(refused)
    settings.EMERGENCY_USER = "water"
    refused = press(client, client.get(page_of(fire)), "", {"username": "Water"})
    assert "EMERGENCY_USER keeps this name" in text_of(refused)
    assert press(client, client.get(page_of(fire)), "", {"username": "well"}).status_code == 302


def test_nobody_takes_its_name(operator: Client, fire: User) -> None:
    fire.delete()
    own = User.objects.get(username="otto")

    refused = press(operator, operator.get(page_of(own)), "", {"username": "FIRE"})
    invited = invite(operator, username="fire")

    for page in (refused, invited):
        assert "EMERGENCY_USER keeps this name" in text_of(page)
    assert not User.objects.filter(username__iexact="fire").exists()


@pytest.mark.parametrize("which", ["fire", "root"])
def test_a_password_that_is_needed_is_not_taken_away_by_hand(
    request: pytest.FixtureRequest, root: Client, which: str, settings: Any
) -> None:
    if which == "fire":
        request.getfixturevalue("fire")
    user = User.objects.get(username=which)
    address = page_of(user, "password_change")
    settings.PASSWORD_SIGN_IN = True

    root.post(address, {"password1": "", "password2": "", "usable_password": "false", "unset-password": "1"})

    user.refresh_from_db()
    assert user.has_usable_password()


@pytest.mark.parametrize(
    ("setting", "value"), [("SECOND_FACTOR_ROLES", ["chefs"]), ("OIDC_ROLES", [("kitchen", "Chefs")])]
)
def test_a_role_that_a_setting_names_keeps_its_name(
    root: Client, make_user: MakeUser, settings: Any, setting: str, value: Any
) -> None:
    role = Group.objects.create(name="Chefs")
    chef = make_user("chef", groups=("Chefs",))
    setattr(settings, setting, value)

    refused = press(root, root.get(page_of(role)), "", {"name": "Cooks"})
    root.post(page_of(role, "delete"), {"post": "yes"})

    assert f"{setting} names this role" in text_of(refused)
    assert f"{setting} names this role" in text_of(root.get(page_of(role, "delete")))
    assert chef.groups.get().name == "Chefs"
    assert second_factor.is_required_of(chef) == (setting == "SECOND_FACTOR_ROLES")
    setattr(settings, setting, [])
    assert press(root, root.get(page_of(role)), "", {"name": "Cooks"}).status_code == 302
    press(root, root.get(page_of(role, "delete")), "Yes, I’m sure")
    assert not Group.objects.filter(pk=role.pk).exists()


@pytest.mark.behaviour("OP-14")
def test_an_operator_of_chosen_companies_resets_nobodys_second_factor(make_user: MakeUser, hanna: User) -> None:
    limited = make_user("lim", groups=(OPERATOR,))
    put_limit(limited, [CompanyFactory.create()])
    give_phone(hanna)
    client, address = signed_in(limited), reverse("admin:reset_second_factor", args=[hanna.pk])

    assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]

    assert TOTPDevice.objects.filter(user=hanna).exists()
    put_limit(limited, None)
    press(client, client.get(address), "Reset the second factor")
    assert not TOTPDevice.objects.filter(user=hanna).exists()
