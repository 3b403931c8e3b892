"""Settings of the sign-in that protect nothing are errors before anything starts."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from employees.access.checks import names_in_the_database, provider_settings, proxies
from employees.groups import HR_ADMIN

SOUND = {
    "OIDC_ISSUER": "https://id.example.com",
    "OIDC_CLIENT_ID": "samklang",
    "OIDC_CLIENT_SECRET": "secret",
    "PASSWORD_SIGN_IN": False,
    "EMERGENCY_USER": "emergency",
    "DEBUG_PROVIDER": False,
}


def found(settings: Settings, **changes: Any) -> list[str]:
    for name, value in {**SOUND, **changes}.items():
        setattr(settings, name, value)
    return [str(each.id) for each in provider_settings(None)]


@pytest.mark.behaviour("OP-01")
@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({}, []),
        ({"OIDC_ISSUER": "http://id.example.com"}, ["access.E001"]),
        ({"OIDC_ISSUER": "http://127.0.0.1:9000"}, ["access.E001"]),
        ({"OIDC_CLIENT_SECRET": ""}, ["access.E002"]),
        ({"OIDC_ISSUER": ""}, ["access.E003"]),
        ({"EMERGENCY_USER": ""}, ["access.E004"]),
        ({"SESSION_IDLE_SECONDS": 0}, ["access.E005"]),
    ],
)
def test_what_protects_nothing_is_an_error(settings: Settings, changes: dict[str, Any], errors: list[str]) -> None:
    assert found(settings, **changes) == errors


def test_without_a_word_about_proxies_production_is_warned(settings: Settings) -> None:
    settings.DEBUG = False
    assert [each.id for each in proxies(None)] == ["access.W001"]
    settings.PROXIES = 1
    assert proxies(None) == []


@pytest.mark.django_db
def test_roles_and_accounts_that_nobody_has_are_told(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES, settings.EMERGENCY_USER = [HR_ADMIN, "Operator", "Boss"], "emergency"
    assert [each.id for each in names_in_the_database(None, ["default"])] == ["access.W002", "access.W003"]
    User.objects.create_user("emergency")
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN.upper()]
    assert names_in_the_database(None, ["default"]) == []
