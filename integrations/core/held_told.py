"""Answers what of an operation waits for a release, for the page of whoever made it (G-17)."""

from collections.abc import Iterator
from typing import Any

from employees.outgoing import Held, held_asked
from integrations.core.addresses import mass_change_url
from integrations.core.allowed import may_open_section
from integrations.core.held_changes import marks_of, waiting_of
from integrations.core.models import MassChange


def connect() -> None:
    held_asked.connect(_answer, dispatch_uid="held")


def _answer(key: str, user: Any, **kwargs: Any) -> list[Held]:
    return list(_held(key, user))


def _held(key: str, user: Any) -> Iterator[Held]:
    waiting = MassChange.objects.filter(key=key, state=MassChange.State.HELD).select_related("connection")
    for mass in waiting:
        # What nobody waits for any more, as a synchronisation settled it, holds no mark.
        if marks_of(mass).exists():
            # Whoever does not open the pages of what waits is told of it without the address.
            may_open = may_open_section(user, mass.connection.integration)
            yield Held(
                system=mass.connection.label,
                amount=str(waiting_of(mass)),
                url=mass_change_url(mass.connection, mass.pk) if may_open else "",
            )
