"""What a change of many people sends to other systems, told before it is made (G-17).

This app knows no other system: whoever keeps one in step with the hub answers ``outgoing_asked``.
"""

from dataclasses import astuple, dataclass
from typing import Any

from django.dispatch import Signal

from employees.tracking import Reach

# Sends `reach` (Reach); a receiver returns a list of `Outgoing`.
outgoing_asked = Signal()


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What goes to one other system.

    ``people`` is how many are sent in all, ``created`` how many of them are created there; ``absences`` is how many
    absences of theirs, where it is those that change. More people than ``limit`` at once are held until a person
    releases them. ``connected`` is False where sending waits for a sign-in anyway.
    """

    system: str
    people: int
    created: int
    limit: int
    absences: int = 0
    connected: bool = True

    @property
    def shown(self) -> tuple[Any, ...]:
        """What a page shows of it, for the page's fingerprint (`employees.shown`)."""
        return astuple(self)

    @property
    def held(self) -> bool:
        return self.people > self.limit


def forecast(*, reach: Reach) -> list[Outgoing]:
    """Return what a change would send, by the other system's name; nothing for systems that it does not touch."""
    answers: list[tuple[Any, Any]] = outgoing_asked.send(sender=Reach, reach=reach)
    found: list[Outgoing] = [outgoing for _receiver, answer in answers for outgoing in answer]
    return sorted((each for each in found if each.people), key=lambda each: each.system)
