"""Accounts of users, before something becomes of them."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.pages import press
from tests.shown.asked import Asked, asks, page


def look_after_users() -> User:
    """Let both look after users, and return one."""
    rights = Permission.objects.filter(codename__in=("view_user", "change_user", "reset_second_factor"))
    for operator in User.objects.filter(username__in=("hanna", "henrik")):
        operator.user_permissions.set(rights)
    return User.objects.create_user("eva", "eva@demo.example", is_staff=True)


@asks("access/reset.html")
def resetting(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    eva = look_after_users()
    TOTPDevice.objects.create(user=eva, name="App")

    def reset_and_set_up() -> None:
        press(henrik, henrik.get(page("reset_second_factor", eva.pk)), "Reset the second factor")
        TOTPDevice.objects.create(user=eva, name="New phone")

    return Asked(
        open=lambda: hanna.get(page("reset_second_factor", eva.pk)),
        change=reset_and_set_up,
        button="Reset the second factor",
        state=lambda: list(TOTPDevice.objects.values_list("name", flat=True)),
    )


@asks("access/account_decide.html")
def deactivating(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    eva = look_after_users()

    def rename() -> None:
        press(henrik, henrik.get(page("auth_user_change", eva.pk)), "Save", {"last_name": "Ek"})

    return Asked(
        open=lambda: hanna.get(page("auth_user_deactivate", eva.pk)),
        change=rename,
        button="Deactivate",
        state=lambda: User.objects.get(pk=eva.pk).is_active,
    )
