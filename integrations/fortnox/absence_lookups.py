"""Writes whose answer never came: a list of the person's rows shows whether they were done (invariant 2)."""

from collections.abc import Iterable, Sequence
from datetime import date

from integrations.core.models import Delivery
from integrations.fortnox.absence_endpoint import still_there
from integrations.fortnox.absence_rows import proof_of
from integrations.fortnox.absence_rules import ListedRow, WantedRow
from integrations.fortnox.absence_settling import AbsenceSettler
from integrations.fortnox.absence_typed import find_row


def resolve(
    settler: AbsenceSettler, unknown: Iterable[Delivery], listed: Sequence[ListedRow], *, linked: set[str]
) -> None:
    """End each write as done or not done; a row is taken for at most one of them."""
    by_id = {row.row_id: row for row in listed}
    taken = set(linked)
    for delivery in unknown:
        found = _find(delivery, listed, by_id, taken)
        if delivery.action == Delivery.Action.DELETE:
            done, error = found is None, still_there()
        elif delivery.action == Delivery.Action.UPDATE and found is None:
            settler.lost_row(delivery, None)
            continue
        else:
            done, error = found is not None and not proof_of(delivery, found).differing, None
        if done:
            settler.settle_row(delivery, found)
            taken |= {found.row_id} if found is not None else set()
        else:
            settler.not_done(delivery, error, counts=True)


def _find(
    delivery: Delivery, listed: Sequence[ListedRow], by_id: dict[str, ListedRow], taken: set[str]
) -> ListedRow | None:
    if delivery.action != Delivery.Action.CREATE:
        return by_id.get(delivery.right_id)
    sent = delivery.wanted
    wish = WantedRow(date.fromisoformat(sent["day"]), sent["cause"], sent["extent"])
    return find_row(listed, wish=wish, linked_ids=taken)
