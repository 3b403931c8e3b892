"""How a row can have ended, as a query: every row is in exactly one of these, so the numbers add up."""

import enum
from typing import Final

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from integrations.core.models import Delivery, SyncField, SyncRow

State, Kind = SyncRow.State, SyncRow.Kind


class Outcome(enum.StrEnum):
    """In the order of the report: what needs somebody first, what was done last."""

    REFUSED = "refused"
    NOT_KEPT = "not_kept"
    UNKNOWN = "unknown"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    AMBIGUOUS = "ambiguous"
    HELD = "held"
    MAYBE_SAME = "maybe_same"
    UNREADABLE = "unreadable"
    GONE = "gone"
    NOT_LISTED = "not_listed"
    CANNOT_SEND = "cannot_send"
    UNDECIDED = "undecided"
    ONLY_LEFT = "only_left"
    ONLY_RIGHT = "only_right"
    TO_BE_WRITTEN = "to_be_written"
    SKIPPED = "skipped"
    CREATED_RIGHT = "created_right"
    CREATED_LEFT = "created_left"
    UPDATED_RIGHT = "updated_right"
    UPDATED_LEFT = "updated_left"
    UPDATED_BOTH = "updated_both"
    OTHER = "other"


CREATED: Final = (Outcome.CREATED_RIGHT, Outcome.CREATED_LEFT)
UPDATED: Final = (Outcome.UPDATED_RIGHT, Outcome.UPDATED_LEFT, Outcome.UPDATED_BOTH)
WRITTEN: Final = (*CREATED, *UPDATED)
# Something was written, or was to be.
TRIED: Final = (
    *WRITTEN,
    Outcome.REFUSED,
    Outcome.NOT_KEPT,
    Outcome.UNKNOWN,
    Outcome.MOVED,
    Outcome.HELD,
    Outcome.TO_BE_WRITTEN,
)
# In the options of a refused row: what the vendor holds otherwise than it was sent, {field: a sentence}.
NOT_KEPT: Final = "not_kept"


def outcome_of_row() -> Case:
    """Return the expression that gives a row of SyncRow its outcome."""
    to_right, to_left = _decided(SyncField.Decision.LEFT), _decided(SyncField.Decision.RIGHT)
    differs, written = Q(state=State.WRITTEN, kind=Kind.DIFFERS), Q(state=State.WRITTEN)
    waits = Q(state__in=(State.OPEN, State.HELD))
    # The run has ended without waiting for the vendor's job any longer.
    asked_on = Exists(Delivery.objects.filter(row=OuterRef("pk"), state__in=Delivery.SENT))
    conditions: tuple[tuple[Q, Outcome], ...] = (
        (Q(state=State.REFUSED, options__has_key=NOT_KEPT), Outcome.NOT_KEPT),
        (Q(state=State.REFUSED), Outcome.REFUSED),
        (Q(state=State.UNKNOWN) | Q(state=State.HELD) & Q(asked_on), Outcome.UNKNOWN),
        (Q(state=State.MOVED), Outcome.MOVED),
        (Q(state=State.SKIPPED), Outcome.SKIPPED),
        (Q(state__in=(State.APPROVED, State.WORKING)), Outcome.TO_BE_WRITTEN),
        (written & Q(kind=Kind.ONLY_LEFT), Outcome.CREATED_RIGHT),
        (written & Q(kind=Kind.ONLY_RIGHT), Outcome.CREATED_LEFT),
        (differs & Q(to_right) & Q(to_left), Outcome.UPDATED_BOTH),
        (differs & Q(to_right), Outcome.UPDATED_RIGHT),
        (differs & Q(to_left), Outcome.UPDATED_LEFT),
        (waits & Q(kind=Kind.DUPLICATE), Outcome.DUPLICATE),
        (waits & Q(kind=Kind.AMBIGUOUS), Outcome.AMBIGUOUS),
        (Q(state=State.HELD), Outcome.HELD),
        (Q(state=State.OPEN) & ~Q(hold_reason=""), Outcome.MAYBE_SAME),
        (Q(state=State.OPEN, kind=Kind.UNREADABLE), Outcome.UNREADABLE),
        (Q(state=State.OPEN, kind=Kind.GONE), Outcome.GONE),
        (Q(state=State.OPEN, kind=Kind.NOT_LISTED), Outcome.NOT_LISTED),
        (Q(state=State.OPEN, kind=Kind.CANNOT_SEND), Outcome.CANNOT_SEND),
        (Q(state=State.OPEN, kind=Kind.DIFFERS), Outcome.UNDECIDED),
        (Q(state=State.OPEN, kind=Kind.ONLY_LEFT), Outcome.ONLY_LEFT),
        (Q(state=State.OPEN, kind=Kind.ONLY_RIGHT), Outcome.ONLY_RIGHT),
    )
    return Case(
        *(When(condition, then=Value(str(outcome))) for condition, outcome in conditions),
        default=Value(str(Outcome.OTHER)),
        output_field=CharField(),
    )


def partly_decided() -> Q:
    """Return what holds of a row that was written, of which somebody left a field undecided."""
    return Q(state=State.WRITTEN, kind=Kind.DIFFERS) & Q(_decided(SyncField.Decision.OPEN))


def _decided(decision: str) -> Exists:
    return Exists(SyncField.objects.filter(row=OuterRef("pk"), decision=decision))
