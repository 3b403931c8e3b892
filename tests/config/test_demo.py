"""The demo as a person starts it: one command in a process of its own, on an empty folder."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import requests
from django.conf import settings

from config.demo.processes import free_port, free_port_from
from config.management.commands.demo import NORWEGIAN_COMPANY
from tests.sandbox.visma_caller import FIRST_TENANT
from tests.waiting import wait_until

pytestmark = [pytest.mark.queue, pytest.mark.behaviour("G-06")]

# What would lead the demo away from its own folder and its sandbox.
ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SANDBOX_URL", "SANDBOX_VENDORS", "PUBLIC_URL", "DEBUG")


class Demo:
    """``manage.py demo`` on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = folder / "printed.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, **environment: str) -> None:
        self.folder.mkdir(exist_ok=True)
        surroundings = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        with self.printed.open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", *arguments],
                cwd=settings.BASE_DIR,
                env={**surroundings, "ENV_FILE": os.devnull, "VAR_DIR": str(self.folder), **environment},
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *arguments: str, **environment: str) -> int:
        self.start(*arguments, **environment)
        return self.wait()

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(timeout=180)

    def press(self, number: int) -> int:
        """Send the signal to the demo alone, as a terminal would; return its exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self.wait()

    def text(self) -> str:
        return self.printed.read_text()

    def says(self, text: str) -> bool:
        assert self._process is None or self._process.poll() is None, self.text()
        return text in self.text()

    def processes(self) -> list[int]:
        """Every living process that was started on this demo's folder."""
        wanted = f"VAR_DIR={self.folder}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if wanted in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
        return found

    def end(self) -> None:
        """Leave no process behind, whatever the test did."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path / "demo")
    yield started
    started.end()


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that has run to its end."""
    ended = Demo(tmp_path_factory.mktemp("rehearsed") / "demo")
    try:
        assert ended.run("--no-serve", "--people", "60") == 0, ended.text()
        yield ended
    finally:
        ended.end()


def test_the_demo_prints_the_report_and_that_both_sides_are_in_step(rehearsed: Demo) -> None:
    text = rehearsed.text()

    assert "Connected to Nordhamn Handel AB (1204711)." in text
    assert re.search(r"People in the hub: 59\. In Fortnox: 59\.", text)
    assert re.search(r"Compared again: \d+ in step", text)


def test_the_report_that_was_printed_is_the_one_that_was_mailed(rehearsed: Demo) -> None:
    (mail,) = (rehearsed.folder / "mail").glob("*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)

    assert sorted(str(message["To"]).split(", ")) == ["hanna@demo.example", "ida@demo.example"]
    body = message.get_body(("plain",))
    assert body is not None
    lines = [line for line in body.get_content().splitlines() if line.strip()]
    assert len(lines) > 10
    assert not [line for line in lines if line not in rehearsed.text()]


def test_what_the_demo_prints_is_for_a_person(rehearsed: Demo) -> None:
    lines = rehearsed.text().splitlines()

    assert max(map(len, lines)) <= 200
    noise = re.compile(r"Traceback|WARNING|ERROR|INFO|\bwork:|Watching for file|HTTP/1\.1")
    assert not [line for line in lines if noise.search(line)]


def test_nothing_of_the_demo_runs_on_after_it(rehearsed: Demo) -> None:
    assert rehearsed.processes() == []


def test_a_database_that_holds_something_is_left_alone(rehearsed: Demo) -> None:
    again = Demo(rehearsed.folder)
    again.printed = rehearsed.folder / "again.txt"

    assert again.run("--no-serve") == 1

    assert again.text().strip() == (
        "CommandError: The demo starts with an empty database: run `make demo`, which gives it one."
    )


@pytest.mark.parametrize(
    ("environment", "variable"),
    [({"FORTNOX_API_URL": "https://api.fortnox.se"}, "FORTNOX_API_URL"), ({"SANDBOX_VENDORS": "0"}, "SANDBOX_VENDORS")],
)
def test_made_up_people_never_go_to_a_real_vendor(demo: Demo, environment: dict[str, str], variable: str) -> None:
    assert demo.run("--no-serve", "--people", "10", **environment) == 1

    assert f"unset {variable}" in demo.text()
    assert demo.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whatever_ends_the_demo_ends_everything_that_it_started(demo: Demo, number: int) -> None:
    demo.start("--people", "10", "--port", str(free_port()))
    wait_until(lambda: demo.says("Connected to"), what="the demo is at work", seconds=90)
    assert len(demo.processes()) > 2

    assert demo.press(number) == 0

    assert demo.text().rstrip().endswith("The demo has ended.")
    assert demo.processes() == []


def test_the_admin_is_served_until_ctrl_c_at_the_next_port_that_is_free(demo: Demo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo.start("--people", "10", "--port", str(port))
        wait_until(lambda: demo.says("Sign in as hanna"), what="the demo serves", seconds=120)

    found = re.search(r"The admin is at (http://localhost:(\d+)/)", demo.text())
    assert found is not None
    assert f"Port {port} is in use" in demo.text()
    assert f"set it up for {NORWEGIAN_COMPANY} with the Tenant ID {FIRST_TENANT}." in demo.text()
    page = f"http://127.0.0.1:{found[2]}/login/"
    wait_until(lambda: answers(page), what="the admin answers")
    assert demo.press(signal.SIGINT) == 0
    # No line per request in between.
    assert re.search(r"Ctrl\+C ends everything\.\nThe demo has ended\.$", demo.text().rstrip())
    assert demo.processes() == []


def answers(page: str) -> bool:
    with requests.Session() as browser:
        browser.trust_env = False
        try:
            return browser.get(page, timeout=10).status_code == 200
        except requests.ConnectionError:
            return False


def test_a_free_port_is_taken_as_it_is() -> None:
    port = free_port()

    assert free_port_from(port) == port
