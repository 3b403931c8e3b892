"""What a company's settings give a new position: tax unit and work time agreement, where there is only one (VP-15).

Settings may be closed to us, or answered oddly: the person is created without, and the report says what to fill in.
"""

from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.core.errors import Refused, RightMissing, TemporarilyUnavailable
from integrations.visma_payroll.client import Listing, VismaPayrollClient

# Statuses of an outage, which passes: anything else that is no list will hardly be one later.
PASSING: Final = frozenset({0, 429, 503})


class Setting(NamedTuple):
    """``id`` is empty where payroll chooses in the draft; ``unread`` where the list could not be read."""

    id: str
    unread: bool


class Kind(NamedTuple):
    label: Any
    verb: str


# By the argument of ``new_employee``.
KINDS: Final = {
    "tax_unit": Kind(gettext_lazy("tax unit"), "list_tax_units"),
    "work_time_agreement": Kind(gettext_lazy("work time agreement"), "list_work_time_agreements"),
}


class Defaults:
    def __init__(self) -> None:
        self._read: dict[str, Setting] = {}

    def read_next(self, client: VismaPayrollClient) -> bool:
        """Make the next call that is needed; returns False when there is none."""
        for name, kind in KINDS.items():
            if name not in self._read:
                self._read[name] = _only_one(client, kind.verb)
                return True
        return False

    def chosen(self) -> dict[str, str]:
        return {name: setting.id for name, setting in self._read.items()}

    def to_fill_in(self) -> str:
        """Return a sentence with what the draft lacks, or an empty text."""
        missing = [name for name, setting in self._read.items() if not setting.id]
        if not missing:
            return ""
        labels = _(" and ").join(str(KINDS[name].label) for name in missing)
        if any(self._read[name].unread for name in missing):
            return _("Fill in there: %(settings)s. They could not be read from Visma.net Payroll.") % {
                "settings": labels
            }
        return _("Fill in there: %(settings)s. The company has none, or several of them.") % {"settings": labels}


def _only_one(client: VismaPayrollClient, verb: str) -> Setting:
    try:
        listing: Listing = getattr(client, verb)()
    except (RightMissing, Refused):
        return Setting("", unread=True)
    except TemporarilyUnavailable as error:
        if error.status in PASSING:
            raise
        return Setting("", unread=True)
    if not all(isinstance(row, dict) for row in listing.rows):
        return Setting("", unread=True)
    ids = [str(row.get("id") or "") for row in listing.rows]
    return Setting(ids[0] if len(ids) == 1 and not listing.cursor else "", unread=False)
