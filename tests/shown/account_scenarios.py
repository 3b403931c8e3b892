"""Accounts of users, before something becomes of them."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.pages import press
from tests.shown.asked import Asked, asks, page


@asks("access/account_decide.html")
def deactivating(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    rights = Permission.objects.filter(content_type__app_label="auth", codename__in=("view_user", "change_user"))
    for operator in User.objects.filter(username__in=("hanna", "henrik")):
        operator.user_permissions.set(rights)
    eva = User.objects.create_user("eva", "eva@demo.example", is_staff=True)

    def rename() -> None:
        press(henrik, henrik.get(page("auth_user_change", eva.pk)), "Save", {"last_name": "Ek"})

    return Asked(
        open=lambda: hanna.get(page("auth_user_deactivate", eva.pk)),
        change=rename,
        button="Deactivate",
        state=lambda: User.objects.get(pk=eva.pk).is_active,
    )
