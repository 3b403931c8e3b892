"""What was typed when the session had ended comes back to its author, in that browser, and to nobody else (HR-10)."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from config.pages import keeping
from employees.kept.models import KEPT_FOR, KeptForm, forget_old_ones
from employees.models import Employee
from integrations.core.encryption import cipher
from tests.factories import EmployeeFactory
from tests.pages import form_values, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-10")]
TYPED = "Ebba-typed-and-not-lost"


@pytest.fixture
def anna() -> User:
    return User.objects.create_superuser("anna", "anna@example.com", "x")


@pytest.fixture
def browser(anna: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    return client


@pytest.fixture
def person() -> Employee:
    return EmployeeFactory.create(given_name="Eva", family_name="Ek")


def address_of(person: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[person.pk])


def end_session(client: Client) -> None:
    client.cookies.pop("sessionid")


def given_back(page: Any) -> dict[str, Any] | None:
    found = re.search(r'<script id="samklang-kept-form" type="application/json">(.*?)</script>', page.content.decode())
    return json.loads(found[1]) if found else None


def test_an_edit_after_the_session_comes_back_once_to_its_author(browser: Client, anna: User, person: Employee) -> None:
    page = browser.get(address_of(person))
    end_session(browser)

    answer = press(browser, page, changes={"given_name": TYPED})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{reverse('admin:login')}?next={address_of(person)}"
    assert b"what you typed comes back" in browser.get(answer.headers["Location"]).content

    browser.force_login(anna)
    back = browser.get(address_of(person))
    given = given_back(back)
    assert given is not None
    assert ["given_name", TYPED] in given["values"]
    person.refresh_from_db()
    assert person.given_name == "Eva"
    assert given_back(browser.get(address_of(person))) is None
    assert not KeptForm.objects.exists()

    # Looked through and saved by its author.
    assert press(browser, back, changes={"given_name": TYPED}).status_code == 302
    person.refresh_from_db()
    assert person.given_name == TYPED


def test_a_token_of_before_another_sign_in_brings_the_page_back_with_what_was_typed(
    browser: Client, anna: User, person: Employee
) -> None:
    page = browser.get(address_of(person))
    # Signed in again in another tab: the cookie's token is another one.
    browser.cookies.pop("csrftoken")
    browser.force_login(anna)
    browser.get(reverse("admin:password_change"))

    answer = press(browser, page, changes={"given_name": TYPED})
    assert (answer.status_code, answer.headers["Location"]) == (302, address_of(person))
    back = browser.get(address_of(person))
    given = given_back(back)
    assert given is not None
    assert ["given_name", TYPED] in given["values"]
    assert press(browser, back, changes={"given_name": TYPED}).status_code == 302


@pytest.mark.parametrize("signed_in_before", [True, False])
def test_another_user_of_the_same_browser_never_sees_it(
    browser: Client, anna: User, person: Employee, signed_in_before: bool
) -> None:
    page = browser.get(address_of(person))
    other = User.objects.create_superuser("bo", "bo@example.com", "x")
    end_session(browser)
    if signed_in_before:
        browser.cookies.pop("csrftoken")
        browser.force_login(other)
        answer = press(browser, page, changes={"given_name": TYPED})
        assert answer.status_code == 403
        assert b"opened by another user" in answer.content
    else:
        press(browser, page, changes={"given_name": TYPED})
        browser.force_login(other)

    for address in (address_of(person), "/"):
        seen = browser.get(address)
        assert TYPED.encode() not in seen.content
        assert b"is kept for 15 minutes" not in seen.content
    if not signed_in_before:
        browser.force_login(anna)
        assert given_back(browser.get(address_of(person))) is not None


def test_another_browser_of_the_same_user_does_not_see_it(browser: Client, anna: User, person: Employee) -> None:
    page = browser.get(address_of(person))
    end_session(browser)
    press(browser, page, changes={"given_name": TYPED})

    elsewhere = Client()
    elsewhere.force_login(anna)
    assert given_back(elsewhere.get(address_of(person))) is None
    browser.force_login(anna)
    assert given_back(browser.get(address_of(person))) is not None


def test_what_is_kept_is_sealed_and_gone_after_minutes(browser: Client, anna: User, person: Employee) -> None:
    page = browser.get(address_of(person))
    end_session(browser)
    press(browser, page, changes={"given_name": TYPED})
    with connection.cursor() as cursor:
        cursor.execute("SELECT path, sealed FROM kept_keptform")
        assert TYPED not in str(cursor.fetchall())

    KeptForm.objects.update(kept_at=timezone.now() - KEPT_FOR - timedelta(seconds=1))
    browser.force_login(anna)
    assert given_back(browser.get(address_of(person))) is None
    assert forget_old_ones() == 1
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize("mark", ["", "1", "1:forged", "x" * 5000])
def test_a_form_that_does_not_say_whose_it_is_is_not_kept(
    browser: Client, anna: User, person: Employee, mark: str
) -> None:
    page = browser.get(address_of(person))
    end_session(browser)
    posted = {**form_values(page), keeping.MARK: mark, "given_name": TYPED}
    answer = browser.post(address_of(person), posted)
    assert answer.status_code == 302
    assert not KeptForm.objects.exists()


def test_an_address_without_a_form_shows_what_was_typed_and_sends_nothing_by_itself(
    browser: Client, anna: User, person: Employee
) -> None:
    together = reverse("admin:employees_employee_together")
    chosen = browser.get(reverse("admin:employees_employee_changelist"))
    form = press(
        browser, chosen, "index", {"action": "change_together", "_selected_action": str(person.pk)}, holding=None
    )
    end_session(browser)
    press(
        browser,
        form,
        "Show what it would do",
        {"city": TYPED} if "city" in form_values(form, button="Show what it would do") else {},
    )

    browser.force_login(anna)
    back = browser.get(together)
    assert b"What you typed is back" in back.content
    assert press(browser, back, "Send it again").status_code == 200


def test_passwords_and_files_are_not_kept() -> None:
    anna = User.objects.create_user("anna")
    posted = QueryDict("name=Ada&new_password1=hidden&client_secret=hidden&otp_token=hidden")
    request = RequestFactory().post("/x/", {**posted.dict(), "file": SimpleUploadedFile("a.csv", b"hidden")})
    request.user = anna
    kept = keeping.keep(request, author=anna.pk)
    assert kept is not None
    content = cipher().decrypt(kept.sealed.encode()).decode()
    assert "hidden" not in content
    assert json.loads(content)["values"] == [["name", "Ada"]]
    assert json.loads(content)["files"] == ["file"]


def test_what_is_too_large_is_not_kept_and_said(browser: Client, person: Employee) -> None:
    page = browser.get(address_of(person))
    end_session(browser)
    answer = browser.post(address_of(person), {**form_values(page), "note": "x" * (keeping.LARGEST + 1)})
    assert not KeptForm.objects.exists()
    assert b"What you typed was not kept" in browser.get(answer.headers["Location"]).content


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(browser: Client, person: Employee) -> None:
    page = browser.get(address_of(person))
    end_session(browser)
    posted = {**form_values(page), "given_name": TYPED}
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address_of(person)}?a=b"}
    answer = browser.post(address_of(person), posted, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"].startswith(reverse("admin:login"))
    assert KeptForm.objects.get().path == address_of(person)
