"""Who answered which absence type with which cause, and when: kept for ever, as the history of people is (FX-04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from absences.models import AbsenceType
from integrations.core.models import Connection, FieldChange
from integrations.fortnox.absence_causes import cause_name

SUBJECT: Final = "fortnox_absence_type"
# On the page of the mapping: more than a company changes in years.
LAST_CHANGES: Final = 50


@dataclass(frozen=True, kw_only=True)
class ShownAnswer:
    at: datetime
    who: str
    type: str
    before: str
    after: str


def remember_answers(
    *, connection: Connection, answers: Iterable[tuple[AbsenceType, str | None, str]], by: Any, at: datetime
) -> None:
    """Keep (type, answer before, answer now) in the transaction that saves them; None: nobody had answered yet."""
    FieldChange.objects.bulk_create(
        FieldChange(
            subject=SUBJECT,
            subject_id=f"{connection.pk}:{kind.pk}",
            field=kind.code[:60],
            before=before,
            after=after,
            user=by,
            at=at,
        )
        for kind, before, after in answers
    )


def last_answers(connection: Connection) -> list[ShownAnswer]:
    """Return the last changes of a connection's answers, the newest first."""
    changes = FieldChange.objects.filter(subject=SUBJECT, subject_id__startswith=f"{connection.pk}:")
    latest = list(changes.select_related("user")[:LAST_CHANGES])
    names = {str(pk): name for pk, name in AbsenceType.objects.values_list("pk", "name")}
    return [
        ShownAnswer(
            at=change.at,
            who=change.user.get_username() if change.user else _("The system"),
            # A type that was deleted since is still known by its code.
            type=names.get(change.subject_id.partition(":")[2], change.field),
            before=answer_in_words(change.before),
            after=answer_in_words(change.after),
        )
        for change in latest
    ]


def answer_in_words(answer: str | None) -> str:
    if answer is None:
        return _("No answer yet")
    return cause_name(answer) if answer else _("Do not transfer")
