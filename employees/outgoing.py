"""What a change of many people sends to other systems, told before it is made (G-17).

This app knows no other system: whoever keeps one in step with the hub answers ``outgoing_asked``.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

from django.dispatch import Signal
from django.utils.html import format_html
from django.utils.translation import gettext as _

from employees.tracking import Reach

# Sends `reach` (Reach); a receiver returns a list of `Outgoing`.
outgoing_asked = Signal()
# Sends `key` (of an Operation) and `user`; a receiver returns a list of `Held`.
held_asked = Signal()
# So many absences that do not go are named, and the others counted.
NAMED: Final = 50


# Names that are told; the rest is counted.
NAMES: Final = 25


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What goes to one other system.

    ``people`` is of how many something is sent in all, ``created`` how many of them are created there. ``absences`` is
    how many absences go, of ``absent`` people: those that change, or that people's new workdays make follow beside the
    fields of ``with_fields`` people; ``staying`` are (label, why) of those that do not go, of which ``there`` (labels)
    stand there as they should; ``following`` are labels of absences that were kept back and go with it, and ``adding``:
    not all of them are taken away there. More people than ``limit`` at once are held until a person releases them.
    ``waiting`` says what sending waits for anyway, empty where it waits for nothing.

    ``absence_names`` are the first absences that follow workdays: those that are changed themselves, the page shows.
    ``values`` counts the fields of all, ``fields`` are (label, people) of each. ``names`` are the first people,
    ``new_names`` the first who are created; ``unlike`` names who had another value left there until now, and which.
    ``made_from`` stands for all of that (`employees.shown`).
    """

    system: str
    people: int
    created: int
    limit: int
    absences: int = 0
    absent: int = 0
    with_fields: int = 0
    absence_names: tuple[str, ...] = ()
    staying: Sequence[tuple[str, str]] = ()
    following: Sequence[str] = ()
    adding: bool = False
    there: Sequence[str] = ()
    waiting: str = ""
    values: int = 0
    fields: tuple[tuple[str, int], ...] = ()
    names: tuple[str, ...] = ()
    new_names: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    more_unlike: int = 0
    made_from: str = ""

    @property
    def changing(self) -> int:
        """Whose own fields change there."""
        return self.with_fields if self.absences else self.people

    @property
    def changed(self) -> int:
        return self.changing - self.created

    @property
    def more_absences(self) -> int:
        return self.absences - len(self.absence_names)

    @property
    def more(self) -> int:
        return self.changed - len(self.names)

    @property
    def more_new(self) -> int:
        return self.created - len(self.new_names)

    @property
    def named(self) -> Sequence[tuple[str, str]]:
        return self.staying[:NAMED]

    @property
    def unnamed(self) -> int:
        return max(len(self.staying) - NAMED, 0)

    @property
    def shown(self) -> tuple[Any, ...]:
        """What a page shows of it, for the page's fingerprint (`employees.shown`)."""
        return astuple(self)

    @property
    def held(self) -> bool:
        return self.people > self.limit


@dataclass(frozen=True, kw_only=True)
class Held:
    """What of an operation waits until somebody releases it; ``url`` is its page, empty for whoever may not open it."""

    system: str
    amount: str
    url: str

    @property
    def text(self) -> str:
        """A sentence, with the link."""
        told = _("The changes towards %(system)s wait until somebody releases them: %(amount)s.")
        sentence = told % {"system": self.system, "amount": self.amount}
        return format_html('{} <a href="{}">{}</a>', sentence, self.url, _("Look at them")) if self.url else sentence


def held_of(*, key: str, user: Any) -> list[Held]:
    """Return what of the operation waits now, by the other system's name, as the user may see it."""
    answers: list[tuple[Any, Any]] = held_asked.send(sender=Held, key=key, user=user)
    found: list[Held] = [held for _receiver, answer in answers for held in answer]
    return sorted(found, key=lambda each: each.system)


def is_held(*, reach: Reach) -> bool:
    """Whether something of the change would wait until somebody releases it."""
    return any(each.held for each in forecast(reach=reach))


def forecast(*, reach: Reach, naming: bool = False) -> list[Outgoing]:
    """Return what a change would send, by the other system's name; nothing for systems that it does not touch.

    ``naming``: also those to which nothing goes, where something is to be named that does not.
    """
    answers: list[tuple[Any, Any]] = outgoing_asked.send(sender=Reach, reach=reach)
    found: list[Outgoing] = [outgoing for _receiver, answer in answers for outgoing in answer]
    shown = (each for each in found if each.people or (naming and each.staying))
    return sorted(shown, key=lambda each: each.system)
