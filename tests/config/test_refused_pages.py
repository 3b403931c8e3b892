"""Own pages for what cannot be answered: what happened, what to do, and nothing of the inside (HR-10)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import Client, RequestFactory
from django.urls import reverse

from config.pages.refused import bad_request

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-10")]


@pytest.fixture
def anna() -> User:
    return User.objects.create_superuser("anna", "anna@example.com", "x")


def test_a_page_that_is_not_there_says_so_and_leads_on(client: Client, anna: User) -> None:
    client.force_login(anna)
    answer = client.get("/oauth/nobody/secret-path/")
    told = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no such page" in told
    assert "secret-path" not in told.partition("<body")[2].replace("?next=", "")
    assert reverse("admin:index") in told
    assert "nav-sidebar" in told


def test_whoever_is_not_signed_in_is_told_of_no_page_whether_it_is_there(client: Client) -> None:
    for path in ("/oauth/nobody/secret-path/", reverse("admin:core_syncrun_changelist")):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse('admin:login')}?next={path}")


def test_without_a_right_the_page_says_whom_to_ask_in_the_theme(client: Client) -> None:
    client.force_login(User.objects.create_user("bo", is_staff=True))
    answer = client.get(reverse("admin:employees_employee_changelist"))
    assert answer.status_code == 403
    assert b"You may not open this page" in answer.content
    assert b"nav-sidebar" in answer.content


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (RequestDataTooBig("inside"), 413, "too large, so nothing was saved"),
        (SuspiciousOperation("inside"), 400, "could not be understood"),
    ],
)
def test_a_bad_request_is_told_without_its_cause(error: Exception, status: int, told: str) -> None:
    answer = bad_request(RequestFactory().get("/"), error)
    assert answer.status_code == status
    assert told in answer.content.decode()
    assert "inside" not in answer.content.decode()


def test_a_form_that_is_too_large_has_its_page(client: Client, anna: User, settings: Any) -> None:
    client.force_login(anna)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = client.post(reverse("admin:employees_company_add"), {"name": "x" * 100})
    assert answer.status_code == 413
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
    assert client.post(reverse("admin:employees_company_add"), {"name": "x" * 100}).status_code == 200


def test_a_strangers_form_is_refused_on_a_page_of_ours(anna: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    answer = client.post(reverse("admin:employees_company_add"), {"name": "x"})
    assert answer.status_code == 403
    assert b"Your browser sent no cookies" in answer.content

    client.get(reverse("admin:password_change"))
    answer = client.post(
        reverse("admin:employees_company_add"), {"name": "x"}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert b"not by Samklang" in answer.content


def test_a_second_sign_in_page_leads_to_the_start_once_signed_in(anna: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    answer = client.post(reverse("admin:login"), {"username": "anna", "password": "x"})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:index"))
