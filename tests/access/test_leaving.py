"""Accounts are deactivated, kept and let in again (HR-08)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access.models import AccessEvent, SignIn
from employees.groups import HR_ADMIN, OPERATOR
from integrations.core.models import Connection
from tests.access.account_steps import LIST, signed_in, step, take
from tests.access.conftest import MakeUser
from tests.access.signing_in import is_in, text_of, try_password
from tests.factories import CompanyFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-08"), pytest.mark.usefixtures("here")]


def test_deactivating_says_what_happens_and_is_undone(operator: Client, hanna: User, visitor: Client) -> None:
    Connection.objects.create(
        integration="fortnox", label="Fortnox Alpha", company=CompanyFactory.create(), recipients=["Hanna@Example.com"]
    )
    try_password(visitor)
    assert is_in(visitor)

    page = text_of(operator.get(step("deactivate", hanna)))
    assert "1 sign-in ends at once" in page
    assert "Reports and problems of Fortnox Alpha went to this address alone" in page
    take(operator, "deactivate", hanna, "Deactivate")

    assert not is_in(visitor)
    assert not SignIn.objects.filter(user=hanna).exists()
    try_password(visitor)
    assert not is_in(visitor)

    take(operator, "let_in", hanna, "Let in again")

    try_password(visitor)
    assert is_in(visitor)
    assert list(User.objects.get(pk=hanna.pk).groups.values_list("name", flat=True)) == [HR_ADMIN]
    kinds = AccessEvent.objects.filter(user=hanna).order_by("pk").values_list("kind", "by__username")
    assert list(kinds) == [("deactivated", "otto"), ("let_in", "otto")]


@pytest.mark.behaviour("OP-14")
def test_nobody_deactivates_themselves_the_emergency_account_or_the_last_superuser(
    operator: Client, make_user: MakeUser, settings: Settings
) -> None:
    otto, root = User.objects.get(username="otto"), make_user("root", groups=(), is_superuser=True)
    other = make_user("other", groups=(), is_superuser=True)
    settings.EMERGENCY_USER = "other"
    master = signed_in(root)

    assert "Nobody deactivates the own account" in text_of(operator.get(step("deactivate", otto)))
    assert "emergency account" in text_of(master.get(step("deactivate", other)))
    assert operator.get(step("deactivate", root)).status_code == 403
    operator.post(step("deactivate", otto))
    master.post(step("deactivate", root))
    master.post(step("deactivate", other))
    assert operator.post(step("deactivate", root)).status_code == 403
    assert set(User.objects.filter(is_active=True)) == {otto, root, other}

    settings.EMERGENCY_USER = ""
    take(master, "deactivate", other, "Deactivate")
    page = master.get(reverse("admin:auth_user_change", args=[root.pk]))
    assert "last superuser" in text_of(press(master, page, "", {"is_superuser": False}))
    assert User.objects.get(pk=root.pk).is_superuser


def test_the_last_operator_who_can_sign_in_stays(operator: Client, make_user: MakeUser) -> None:
    """A superuser made at the command line without a password does not count."""
    root = make_user("root", groups=(), is_superuser=True)
    root.set_unusable_password()
    root.save()
    otto, hanna = User.objects.get(username="otto"), make_user("hanna")

    assert "Nobody else could look after users" in text_of(signed_in(root).get(step("deactivate", otto)))
    take(operator, "deactivate", hanna, "Deactivate")

    make_user("olga", groups=(OPERATOR,))
    take(signed_in(root), "deactivate", otto, "Deactivate")
    assert not User.objects.get(pk=otto.pk).is_active


def test_two_operators_do_not_shut_each_other_out(operator: Client, make_user: MakeUser) -> None:
    otto, olga = User.objects.get(username="otto"), make_user("olga", groups=(OPERATOR,))
    other = signed_in(olga)
    late = other.get(step("deactivate", otto))

    take(operator, "deactivate", olga, "Deactivate")
    press(other, late, "Deactivate")

    assert set(User.objects.filter(is_active=True)) == {otto}


def test_an_account_with_a_history_is_deactivated_instead_of_deleted(make_user: MakeUser, hanna: User) -> None:
    master = signed_in(make_user("root", groups=(), is_superuser=True))
    AccessEvent.objects.create(user=User.objects.get(username="root"), kind="invited", by=hanna)
    address = reverse("admin:auth_user_delete", args=[hanna.pk])

    assert "Deactivate the account instead" in text_of(master.get(address))
    master.post(address, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [hanna.pk], "post": "yes"}
    master.post(LIST, chosen)
    assert User.objects.filter(pk=hanna.pk).exists()

    mistake = make_user("mistake")
    page = master.get(reverse("admin:auth_user_delete", args=[mistake.pk]))
    press(master, page, "Yes, I’m sure")
    assert not User.objects.filter(pk=mistake.pk).exists()
