"""Saving a person's page during a first synchronisation: ``python -m benchmarks.saving_samples PEOPLE SAVES``.

The page is posted over HTTP to the running web server, on SQLite; the background service, with its own processes, takes
PEOPLE of the vendor into the hub meanwhile. The same saves while nothing goes on come first.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.scratch_database import set_up_django

set_up_django()

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection as database
from django.urls import reverse

from benchmarks.push_samples import service
from benchmarks.with_sandbox import print_sample
from config.demo.processes import accepts_connections, free_port
from employees.models import Employee
from integrations.core.models import SyncRow, SyncRun
from integrations.core.runs.deciding import approve_run, decide_creations
from tests.core.connected import compare, connect
from tests.factories import CompanyFactory, EmployeeFactory
from tests.page_forms import FormReader
from tests.sandbox_client import SandboxClient
from tests.waiting import wait_until

PASSWORD: Final = "a password for a benchmark"
# People of the hub who are edited, each in turn.
EDITED: Final = 20
# Between two saves, so that the writing is met at any moment of its round.
PAUSE_SECONDS: Final = 0.1


@contextmanager
def web_server() -> Iterator[str]:
    """Run gunicorn as an installation does; yields its address."""
    port = free_port()
    name = database.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{name}", "VAR_DIR": str(settings.VAR_DIR)}
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    process = subprocess.Popen([*command, "config.wsgi"], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: accepts_connections(port), what="the web server listens", seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


class Editor:
    """Somebody who has signed in and saves people's pages."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._browser = requests.Session()
        self._browser.trust_env = False
        login = address + reverse("admin:login")
        form = _form(self._browser.get(login, timeout=60).text, holding="password")
        form |= {"username": "editor", "password": PASSWORD}
        answer = self._browser.post(login, data=form, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.status_code

    def save(self, pk: int, phone: str) -> tuple[float, bool]:
        """Save another phone; returns the seconds from sending the page to its answer, and whether it was saved."""
        page = self._address + reverse("admin:employees_employee_change", args=[pk])
        form = _form(self._browser.get(page, timeout=60).text, holding="work_phone")
        form |= {"work_phone": phone, "_save": "Save"}
        begun = time.perf_counter()
        answer = self._browser.post(page, data=form, allow_redirects=False, timeout=60)
        return time.perf_counter() - begun, answer.status_code == 302


def _form(page: str, *, holding: str) -> dict[str, Any]:
    reader = FormReader()
    reader.feed(page)
    reader.close()
    return next(values for form in reader.forms if holding in (values := form.values()))


def saves(editor: Editor, people: list[int], count: int, *, going_on: SyncRun | None = None) -> dict[str, Any]:
    """Save so many times, or until the run that goes on has ended."""
    seconds, failed = [], 0
    for number in range(count):
        if going_on is not None and not _is_writing(going_on):
            break
        took, saved = editor.save(people[number % len(people)], f"+46709{time.time_ns() % 1_000_000:06d}")
        seconds.append(took)
        failed += not saved
        time.sleep(PAUSE_SECONDS)
    return {"seconds": seconds, "failed": failed}


def _is_writing(run: SyncRun) -> bool:
    return SyncRow.objects.filter(run=run, state=SyncRow.State.APPROVED).exists()


def _forget_long_tasks() -> None:
    """Another sample wants its own process to work in one go; a background service has an installation's times."""
    for name in ("TASK_SECONDS", "LEASE_SECONDS"):
        os.environ.pop(name, None)


def measure(sandbox: SandboxClient, people: int, count: int) -> dict[str, Any]:
    _forget_long_tasks()
    company = CompanyFactory.create(name="Demo AB")
    edited = [EmployeeFactory.create(company=company).pk for _number in range(EDITED)]
    User.objects.create_superuser("editor", password=PASSWORD)
    sandbox.seed(people=people)
    run = compare(connect(company=company))
    assert run.state == SyncRun.State.REVIEW, (run.state, run.error)
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_RIGHT,), by=None)
    with service(sandbox), web_server() as address:
        editor = Editor(address)
        saves(editor, edited, 5)
        idle = saves(editor, edited, count)
        begun = time.monotonic()
        approve_run(run=run, by=None, made_from=None)
        wait_until(lambda: Employee.objects.count() > EDITED, what="somebody is taken over", seconds=120)
        beside = saves(editor, edited, count, going_on=run)
        wait_until(lambda: not _is_writing(run), what="everybody is taken over", seconds=600)
        return {"idle": idle, "beside": beside, "written_seconds": time.monotonic() - begun}


if __name__ == "__main__":
    print_sample(measure, "people", "saves")
