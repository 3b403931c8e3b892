"""What a run made follow, at other connections and its own, in words: of the report, its mail and its page (G-36)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.core.hub.waiting import told_waiting
from integrations.core.models import SyncRun
from integrations.core.runs.followed import Amount, Followed, followed_by
from integrations.core.runs.pending import LET_GO


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """One other system; ``page`` is where what waits for a person is decided, empty if nothing does."""

    system: str
    lines: tuple[str, ...]
    labels: str
    page: str

    @property
    def url(self) -> str:
        """The page's address with its host."""
        return f"{settings.PUBLIC_URL}{self.page}" if self.page else ""


def elsewhere_of(run: SyncRun) -> tuple[Elsewhere, ...]:
    return tuple(
        Elsewhere(
            system=each.system,
            lines=tuple(_lines(each)),
            labels=", ".join(each.labels),
            page=each.held_url,
        )
        for each in followed_by(run)
    )


def let_go_by(run: SyncRun) -> str:
    """Return what the confirmation let go beside what was decided, in words, or an empty string."""
    amount = run.options.get(LET_GO)
    if not amount:
        return ""
    return _(
        "Beside what was decided, what somebody changed in the hub meanwhile goes to %(system)s by itself: %(amount)s."
        " Each person’s page says whether it has arrived."
    ) % {"system": run.connection.label, "amount": _words(Amount(**amount))}


def _lines(followed: Followed) -> Iterator[str]:
    if followed.sent.people:
        yield _("Sent: %(amount)s.") % {"amount": _words(followed.sent)}
    if followed.created:
        created = ngettext("%(count)d person", "%(count)d people", followed.created) % {"count": followed.created}
        yield _("Created there: %(amount)s.") % {"amount": created}
    if followed.waiting.people:
        yield told_waiting(followed.connection, _words(followed.waiting))
    if followed.held.people:
        yield _("Waits until somebody releases it: %(amount)s.") % {"amount": _words(followed.held)}
    if followed.refused.people:
        yield _("Refused there, see the error log: %(amount)s.") % {"amount": _words(followed.refused)}
    if followed.dropped:
        dropped = ngettext("%(count)d person", "%(count)d people", followed.dropped) % {"count": followed.dropped}
        yield _("Left unsent by somebody’s decision: %(amount)s.") % {"amount": dropped}
    yield from _absence_lines(followed)


def _absence_lines(followed: Followed) -> Iterator[str]:
    found = followed.absences
    if found.sent:
        yield _("Sent, of absences that the new workdays reach: %(count)d.") % {"count": found.sent}
    if found.waiting:
        amount = ngettext("%(count)d absence", "%(count)d absences", found.waiting) % {"count": found.waiting}
        yield told_waiting(followed.connection, amount)
    if found.held:
        amount = ngettext("%(count)d absence", "%(count)d absences", found.held) % {"count": found.held}
        yield _("Waits until somebody releases it: %(amount)s.") % {"amount": amount}
    if found.kept:
        amount = ngettext("%(count)d absence", "%(count)d absences", found.kept) % {"count": found.kept}
        yield _("Not sent, see the error log: %(amount)s.") % {"amount": amount}


def _words(amount: Amount) -> str:
    fields = ngettext("%(count)d field", "%(count)d fields", amount.fields) % {"count": amount.fields}
    people = ngettext("of %(count)d person", "of %(count)d people", amount.people) % {"count": amount.people}
    return f"{fields} {people}"
