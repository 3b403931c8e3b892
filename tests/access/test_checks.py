"""Settings of the sign-in that are told of."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from employees.access.checks import names_in_the_database, proxies
from employees.groups import HR_ADMIN


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
