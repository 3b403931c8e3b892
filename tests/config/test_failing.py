"""Whatever ends a request unforeseen has a page that says whether something was saved, why not, and the next step."""

import errno
import html
import logging
import re
import resource
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.test import Client

from employees.models import Employee
from integrations.core.storage import Trouble, trouble_of
from tests.factories import EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.behaviour("G-15")


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def from_sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError("what it said")
    error.sqlite_errorcode = code
    return caused(OperationalError("what it said"), error)


def from_postgresql(state: str) -> Exception:
    error = RuntimeError("what it said")
    error.sqlstate = state  # type: ignore[attr-defined]  # as psycopg's errors have it
    return caused(OperationalError("what it said"), error)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (from_sqlite(sqlite3.SQLITE_BUSY), Trouble.BUSY),
        (from_sqlite(sqlite3.SQLITE_BUSY | 2 << 8), Trouble.BUSY),
        (from_sqlite(sqlite3.SQLITE_FULL), Trouble.FULL),
        (from_sqlite(sqlite3.SQLITE_IOERR | 3 << 8), Trouble.FULL),
        (from_sqlite(sqlite3.SQLITE_READONLY), Trouble.READ_ONLY),
        (from_sqlite(sqlite3.SQLITE_CANTOPEN), Trouble.AWAY),
        (from_postgresql("40P01"), Trouble.BUSY),
        (from_postgresql("53100"), Trouble.FULL),
        (from_postgresql("25006"), Trouble.READ_ONLY),
        (from_postgresql("57P01"), Trouble.AWAY),
        (InterfaceError("connection already closed"), Trouble.AWAY),
        (OSError(errno.ENOSPC, "No space left on device"), Trouble.FULL),
        (caused(ValueError("a file"), OSError(errno.ENOSPC, "No space left on device")), Trouble.FULL),
        (OSError(errno.EROFS, "Read-only file system"), Trouble.READ_ONLY),
        (OSError(errno.ENOENT, "No such file"), None),
        (ValueError("of our own"), None),
        (None, None),
    ],
)
def test_what_the_drivers_raise_is_told_apart(error: BaseException | None, told: Trouble | None) -> None:
    assert trouble_of(error) == told


# --- The page -------------------------------------------------------------------------------------------


@pytest.fixture
def admin(transactional_db: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.fixture
def person(transactional_db: None) -> Employee:
    return EmployeeFactory.create(given_name="Eva", family_name="Ek")


def text_of(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def page_of(admin: Client, person: Employee) -> Any:
    return admin.get(f"/employees/employee/{person.pk}/change/")


@pytest.fixture
def full_disk() -> Iterator[Any]:
    """What a file's limit makes of every write that needs room; Python ignores the signal."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))

    def make_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    yield fill, make_room
    make_room()


@pytest.mark.skipif(database.vendor != "sqlite", reason="The disk of another database is another machine's.")
def test_what_a_full_disk_did_not_take_is_told_and_saved_once_there_is_room(
    admin: Client, person: Employee, full_disk: Any
) -> None:
    fill, make_room = full_disk
    page = page_of(admin, person)

    fill()
    answer = press(admin, page, changes={"given_name": "Ebba"})
    make_room()

    assert answer.status_code == 503
    assert "Not saved" in text_of(answer)
    assert "The disk has no room left" in text_of(answer)
    person.refresh_from_db()
    assert person.given_name == "Eva"

    assert press(admin, page, changes={"given_name": "Ebba"}).status_code == 302
    person.refresh_from_db()
    assert person.given_name == "Ebba"


def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith("UPDATE"):
        raise from_postgresql("25006")
    return execute(sql, params, many, context)


def test_a_database_that_only_reads_is_told_beside_what_was_to_be_saved(admin: Client, person: Employee) -> None:
    page = page_of(admin, person)
    with database.execute_wrapper(refuse):
        answer = press(admin, page, changes={"given_name": "Ebba"})

    assert answer.status_code == 503
    assert "The database can only be read at the moment" in text_of(answer)
    assert press(admin, page, changes={"given_name": "Ebba"}).status_code == 302


def out_of_reach(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("server closed the connection unexpectedly")


def test_a_page_that_cannot_be_read_says_nothing_of_saving(admin: Client, person: Employee) -> None:
    with database.execute_wrapper(out_of_reach):
        answer = page_of(admin, person)

    told = text_of(answer)
    assert answer.status_code == 503
    assert "The page cannot be shown" in told
    assert "The database does not answer" in told
    assert "saved" not in told
    assert "server closed" not in told
    assert page_of(admin, person).status_code == 200


def test_what_nobody_foresaw_is_500_with_a_number_that_the_log_has(
    admin: Client, person: Employee, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_args: object, **_named: object) -> None:
        raise KeyError("199001011234")

    page = page_of(admin, person)
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR, logger="config.failing"):
        broken.setattr(Employee, "save", break_down)
        answer = press(admin, page, changes={"given_name": "Ebba"})

    told = text_of(answer)
    assert answer.status_code == 500
    assert "Something went wrong that nobody foresaw." in told
    assert "199001011234" not in told
    (number,) = re.findall(r"error ([0-9a-f]{8}),", told)
    assert f"error {number} was shown (KeyError, unforeseen)" in caplog.text
    assert press(admin, page, changes={"given_name": "Ebba"}).status_code == 302
