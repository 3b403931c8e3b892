"""Both sides of an active connection, and the push between them."""

import time
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.models import Connection, Delivery, FieldChange, Mark, Problem
from integrations.core.problems import retry_problems
from integrations.core.push.draining import drain
from tests.core.runs.both_sides import BothSides, apply_all, review
from tests.sandbox_client import SandboxClient


@dataclass(frozen=True)
class Pushing:
    """The push of a connection, whatever its vendor."""

    connection: Connection
    sandbox: SandboxClient

    def activate(self) -> None:
        """Synchronise for the first time, without a decision; what is equal is linked."""
        apply_all(review(self.connection))
        self.connection.refresh_from_db()
        assert self.connection.state == Connection.State.ACTIVE
        self.push()
        self.sandbox.clear_calls()

    def push(self, *, bulk: bool = True) -> None:
        """Work once as a task would."""
        drain(connection_id=self.connection.pk, bulk=bulk)

    def push_until_sent(self, *, seconds: float = 15) -> None:
        """Ring until nothing waits any more, as the sweep does."""
        deadline = time.monotonic() + seconds
        while self.waiting() or self.open_deliveries():
            assert time.monotonic() < deadline, f"{self.waiting()} marks, {self.open_deliveries()} deliveries"
            self.push()
            time.sleep(0.02)

    def waiting(self) -> int:
        return Mark.objects.filter(connection=self.connection, held_by="").count()

    def open_deliveries(self) -> int:
        return Delivery.objects.filter(connection=self.connection, state__in=Delivery.OPEN).count()

    def marks(self) -> list[tuple[str, str]]:
        """Return (left id, what holds it) of every mark."""
        return list(Mark.objects.filter(connection=self.connection).order_by("pk").values_list("left_id", "held_by"))

    def problems(self, **wanted: Any) -> list[Problem]:
        return list(Problem.objects.filter(connection=self.connection, **wanted).order_by("pk"))

    def problem(self) -> Problem:
        return Problem.objects.get(connection=self.connection)

    def sent_changes(self, employee: Employee) -> list[tuple[str, Any, Any]]:
        """Return (field, before, after) of what was written to the vendor, oldest first."""
        found = FieldChange.objects.filter(subject_id=str(employee.pk), connection=self.connection)
        return list(found.exclude(delivery=None).order_by("pk").values_list("field", "before", "after"))


@dataclass(frozen=True)
class Pushed(Pushing, BothSides):
    """The same with people of Fortnox."""

    def pair_active(self, number: int = 1, **values: Any) -> Employee:
        """Add a person to both sides, and synchronise."""
        employee = self.pair(number, **values)
        self.activate()
        return employee


def retry(both: Pushing) -> int:
    """Try again whatever was refused, as Hanna does in the error log; returns how many."""
    return retry_problems(Problem.objects.filter(connection=both.connection), by=User.objects.get(username="hanna"))
