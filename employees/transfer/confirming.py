"""What is shown before an import is confirmed, and whether that is still so (G-21)."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from employees.models import ImportJob, ImportRow
from employees.outgoing import Outgoing, forecast
from employees.shown import NotAsShown, ToldOtherwise, fingerprint, happened_since
from employees.transfer.kinds import kind_of
from employees.transfer.overtaken import overtaken_rows
from employees.transfer.reaching import reach_of

NAMED: Final = 3


def confirm_context(job: ImportJob, *, take_questions: bool) -> dict[str, Any]:
    """``moved`` is how many rows are of records that were changed since the file was read: they are not imported.

    ``take_questions``: that is ticked, so what goes then is told.
    """
    outgoing, versions = _outgoing(job, take_questions), _versions(job)
    return {
        "outgoing": outgoing,
        "take_questions": take_questions,
        "moved": overtaken_rows(job).count(),
        "made_from": _made_from(job, outgoing, versions),
    }


def refuse_stale(job: ImportJob, *, shown: str, shown_at: datetime | None, take_questions: bool) -> list[Outgoing]:
    """Return what goes, as the page said; raise NotAsShown where the page would show something else now.

    Raises ToldOtherwise where it is only that something else goes with the tick as it was set.
    """
    versions, outgoing = _versions(job), _outgoing(job, take_questions)
    if _made_from(job, outgoing, versions) == shown:
        return outgoing
    if _made_from(job, _outgoing(job, not take_questions), versions) == shown:
        raise ToldOtherwise
    kind = kind_of(job)
    rows = dict(_changing(job).exclude(record_id=None).values_list("record_id", "label"))
    found = dict(kind.model._base_manager.filter(pk__in=rows).values_list("pk", kind.person))
    gone = {pk: label for pk, label in rows.items() if pk not in found}
    # Whoever is deleted is a person of an import of people, whose history stays.
    people = {*found.values(), *(gone if kind.person == "pk" else ()), *kind.beside(job)}
    raise NotAsShown(happened_since(shown_at, people=people), more=_gone_text(list(gone.values())))


def _outgoing(job: ImportJob, take_questions: bool) -> list[Outgoing]:
    """Return what goes with the tick set so, and without it."""
    ticked = copy(job)
    ticked.take_questions = take_questions
    return forecast(reach=reach_of(ticked))


def _gone_text(labels: list[str]) -> list[str]:
    if not labels:
        return []
    named = ", ".join(labels[:NAMED])
    if len(labels) > NAMED:
        named = _("%(named)s and others") % {"named": named}
    return [_("Deleted since the file was read: %(records)s.") % {"records": named}]


def _made_from(job: ImportJob, outgoing: list[Outgoing], versions: Mapping[int, int]) -> str:
    beside = sorted(kind_of(job).beside(job).items())
    return fingerprint(job.pk, job.counts, [each.shown for each in outgoing], sorted(versions.items()), beside)


def _versions(job: ImportJob) -> dict[int, int]:
    """Return the versions of the records that would be changed, as they are now."""
    records = kind_of(job).model._base_manager.filter(pk__in=_changing(job).values("record_id"))
    return dict(records.values_list("pk", "version"))


def _changing(job: ImportJob) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(job=job, is_new=False).exclude(state__in=ImportRow.NOT_WRITTEN)
