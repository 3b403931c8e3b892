"""Somebody who goes on with what the connection's page offers, and nothing else, until there is nothing left to do."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from django.db.models import Q
from django.test import Client
from django.utils.html import strip_tags

from integrations.core.models import Connection, Mark, SyncRun
from integrations.core.push.draining import drain
from integrations.core.releasing import finish_decided
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from tests.core.approving import approve
from tests.core.wizard.addresses import CALLBACK
from tests.core.wizard.addresses import page as page_of
from tests.pages import buttons_of, press

# What it takes to connect again, look on, decide, confirm and release, twice.
MOST_STEPS: Final = 10
MOST_DRAINS: Final = 50
ON_TO_REVIEW: Final = ("Go on with the review", "See what was found, and confirm")


class NoWayOn(AssertionError):
    """The connection's page offers nothing by which anybody could go on."""


class Links(HTMLParser):
    def __init__(self, page: Any) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._href = ""
        self._text = ""
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href, self._text = dict(attrs).get("href") or "", ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.found.setdefault(" ".join(self._text.split()), self._href)


@dataclass
class Walk:
    """``hr`` synchronises, ``integrator`` connects; ``steps`` are what they pressed."""

    hr: Client
    integrator: Client
    connection: Connection
    steps: list[str] = field(default_factory=list)

    def to_the_end(self) -> list[str]:
        """Go on until the connection is active and nothing waits; raises NoWayOn."""
        self.work()
        while not self.is_done():
            if len(self.steps) == MOST_STEPS:
                raise NoWayOn(f"It goes in circles: {self.steps}")
            self.steps.append(self._step())
            self.work()
        shown = self.open(self.hr)
        assert "Changes waiting to be sent None" in text_of(shown), text_of(shown)
        return self.steps

    def is_done(self) -> bool:
        self.connection.refresh_from_db()
        if self.connection.state != Connection.State.ACTIVE:
            return False
        at_work = self.connection.runs.filter(state__in=(*SyncRun.AT_WORK, SyncRun.State.REVIEW))
        waiting = Mark.objects.filter(connection=self.connection, held_by__in=("", Mark.Hold.REVIEW))
        mass_changes = Mark.objects.filter(connection=self.connection, held_by__startswith="mass:")
        return not (at_work.exists() or waiting.exists() or mass_changes.exists())

    def work(self) -> None:
        """Do what the background service does until it has nothing to do."""
        for run in self.connection.runs.filter(state__in=SyncRun.AT_WORK):
            compare_run(run_id=run.pk)
            apply_run(run_id=run.pk)
        finish_decided()
        for _ in range(MOST_DRAINS):
            drain(connection_id=self.connection.pk, bulk=True)
            active = Q(connection__state=Connection.State.ACTIVE, held_by="")
            if not Mark.objects.filter(active, connection=self.connection).exists():
                return

    def open(self, client: Client) -> Any:
        page = client.get(page_of(self.connection))
        assert "Decide on 0" not in text_of(page)
        return page

    def _step(self) -> str:
        page = self.open(self.hr)
        links = Links(page).found
        if "Nothing to do." in text_of(page):
            raise NoWayOn("It says that nothing is to do, and something waits.")
        for label in ON_TO_REVIEW:
            if label in links:
                return self._review(links[label])
        if held := next((url for label, url in links.items() if label.startswith("Change import")), ""):
            return self._release(held)
        if "Synchronise users" in buttons_of(page):
            press(self.hr, page, "Synchronise users")
            return "synchronise"
        if "ask an integration admin" in text_of(page):
            return self._connect()
        raise NoWayOn(f"after {self.steps}: {text_of(page)}")

    def _connect(self) -> str:
        links = Links(self.open(self.integrator)).found
        address = links.get("Connect again") or links["Go on connecting"]
        page = self.integrator.get(address)
        if "accepted" in page.content.decode():
            page = press(self.integrator, page, "Accept and go on", {"accepted": True}, follow=True)
        answer = press(self.integrator, page, "Go to Fortnox")
        self.integrator.get(CALLBACK, approve(answer["Location"]), follow=True)
        return "connect"

    def _release(self, address: str) -> str:
        page = self.hr.get(address)
        press(self.hr, self.hr.get(Links(page).found["Release…"]), "Release and send")
        return "release"

    def _review(self, address: str) -> str:
        """Go through the review as its pages lead; what is undecided is decided as in the hub."""
        page = self.hr.get(address, follow=True)
        if "Compare again" in buttons_of(page):
            press(self.hr, page, "Compare again")
            return "compare again"
        links = Links(page).found
        if "Decide on the conflicts" in links:
            conflicts = self.hr.get(links["Decide on the conflicts"])
            press(self.hr, conflicts, "many=left")
            self.hr.get(links["Decide on the conflicts"])
        if "Synchronise users" not in buttons_of(page):
            page = self.hr.get(links["Confirm"])
        press(self.hr, page, "Synchronise users")
        return "confirm"


def text_of(page: Any) -> str:
    return " ".join(strip_tags(page.content.decode()).split())
