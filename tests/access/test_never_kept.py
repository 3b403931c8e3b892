"""Codes and passwords that arrive after the session's end are kept nowhere, whatever their fields are called."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse

from employees.access import sign_ins
from employees.kept.models import KeptForm
from tests.access.signing_in import code_of, give_phone, text_of, try_password
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-10")]
CODE = "abcd-efgh-jkmn"
ASKING = ("account/", "sign-in/", "login/", "password_change/", "auth/user/<id>/password/")


def views(patterns: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def test_every_page_that_asks_for_passwords_or_codes_says_so() -> None:
    found = dict(views(get_resolver().url_patterns))
    asking = {route: view for route, view in found.items() if route.startswith(ASKING) and "/done/" not in route}
    assert all(any(route.startswith(start) for route in asking) for start in ASKING)
    assert [route for route, view in asking.items() if not getattr(view, "never_kept", False)] == []


def test_a_code_that_comes_after_the_session_is_kept_nowhere_and_is_typed_again(visitor: Client, hanna: User) -> None:
    phone = give_phone(hanna)
    press(visitor, try_password(visitor, follow=True), "Go on", {"code": code_of(phone.key)})
    page = visitor.get(reverse("admin:account_recovery_codes"))
    sign_ins.end_all(hanna)

    answer = press(visitor, page, "Make new codes", {"code": CODE}, follow=True)
    assert "What you typed was not kept" in text_of(answer)
    assert not KeptForm.objects.exists()

    type(phone).objects.update(last_t=-1)
    press(visitor, try_password(visitor, follow=True), "Go on", {"code": code_of(phone.key)})
    page = visitor.get(reverse("admin:account_recovery_codes"))
    assert CODE not in page.content.decode()
    type(phone).objects.update(last_t=-1)
    assert "Your recovery codes" in text_of(press(visitor, page, "Make new codes", {"code": code_of(phone.key)}))


def test_a_part_of_another_page_is_no_way_to_have_a_code_kept(visitor: Client, hanna: User) -> None:
    phone = give_phone(hanna)
    press(visitor, try_password(visitor, follow=True), "Go on", {"code": code_of(phone.key)})
    page = visitor.get(reverse("admin:account_recovery_codes"))
    sign_ins.end_all(hanna)
    elsewhere = f"http://testserver{reverse('admin:index')}"
    visitor.defaults |= {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": elsewhere}
    press(visitor, page, "Make new codes", {"code": CODE})
    assert not KeptForm.objects.exists()
