"""Roles by the provider's groups: kept who got and lost which, and never taken from the last operator."""

import logging

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access.companies import put_limit
from employees.access.models import AccessEvent
from employees.groups import HR_ADMIN, OPERATOR, PAYROLL
from tests.access.conftest import MakeUser
from tests.access.provider_server import Provider
from tests.access.provider_steps import sign_in
from tests.access.signing_in import is_in, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01", "HR-08")]


@pytest.fixture(autouse=True)
def of_groups(settings: Settings, provider: Provider) -> None:
    settings.OIDC_ROLES = [("people", HR_ADMIN), ("pay", PAYROLL), ("ops", OPERATOR)]


def make_operator(user: User) -> None:
    user.groups.set([Group.objects.get(name=OPERATOR)])


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_each_role_given_and_taken_is_kept_with_its_name(
    provider: Provider, linked: User, visitor: Client, admin_client: Client
) -> None:
    provider.person["groups"] = ["pay"]
    sign_in(visitor, provider)
    events = {(each.kind, each.operator, each.by) for each in AccessEvent.objects.filter(user=linked)}
    assert events == {("role_given", "Example ID: Payroll", None), ("role_taken", "Example ID: HR admin", None)}
    listed = text_of(admin_client.get(reverse("admin:access_accessevent_changelist")))
    assert "Role taken by the provider's groups" in listed
    assert "Example ID: HR admin" in listed

    sign_in(Client(), provider)
    assert AccessEvent.objects.count() == len(events)


def test_the_last_operator_stays_one_is_told_so_and_ceases_when_somebody_else_is_one(
    provider: Provider, linked: User, visitor: Client, make_user: MakeUser, caplog: pytest.LogCaptureFixture
) -> None:
    make_operator(linked)
    provider.person["groups"] = ["pay"]
    with caplog.at_level(logging.WARNING, logger="employees.access.provider.roles"):
        page = sign_in(visitor, provider)
    assert is_in(visitor)
    assert roles_of(linked) == {OPERATOR, PAYROLL}
    assert "do not give you Operator any more. You keep it" in text_of(page)
    assert f"user {linked.pk} keeps it" in caplog.text
    assert not AccessEvent.objects.filter(kind="role_taken").exists()

    make_user("otto", groups=(OPERATOR,))
    assert "You keep it" not in text_of(sign_in(Client(), provider))
    assert roles_of(linked) == {PAYROLL}


@pytest.mark.parametrize("other", ["deactivated", "limited", "without a way in"])
def test_whoever_cannot_look_after_all_users_is_no_other_operator(
    provider: Provider, linked: User, visitor: Client, make_user: MakeUser, other: str
) -> None:
    make_operator(linked)
    otto = make_user("otto", groups=(OPERATOR,), is_active=other != "deactivated")
    if other == "limited":
        put_limit(otto, [])
    if other == "without a way in":
        otto.set_unusable_password()
        otto.save()
    sign_in(visitor, provider)
    assert roles_of(linked) == {OPERATOR}


def test_whoever_looks_after_users_in_another_way_needs_no_role_for_it(
    provider: Provider, linked: User, visitor: Client
) -> None:
    make_operator(linked)
    other = Group.objects.create(name="Helpdesk")
    other.permissions.set(Group.objects.get(name=OPERATOR).permissions.all())
    linked.groups.add(other)
    sign_in(visitor, provider)
    assert roles_of(linked) == {"Helpdesk"}
