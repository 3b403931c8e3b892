"""From a cell to the value of a field. The field's own checks (``full_clean``) come after."""

from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from employees.transfer.columns import Column, Kind
from employees.transfer.contents import Unusable
from employees.values.texts import canonical_identifier, folded_key

YES: Final = frozenset({"yes", "true", "1", "x"})
NO: Final = frozenset({"no", "false", "0"})


def cell_text(cell: Any) -> str:
    """Return the cell as text, a date as ISO; what is unusable is ""."""
    if isinstance(cell, Unusable):
        return ""
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def parse_cell(*, column: Column, cell: Any) -> str | date | bool | None:
    """Return the value; a blank cell is "" or None. Raises ValidationError."""
    if isinstance(cell, Unusable):
        raise ValidationError(cell.reason)
    if column.kind is Kind.DATE:
        return parse_date(cell)
    if column.kind is Kind.YES_NO:
        return _parse_yes_no(cell_text(cell))
    return cell_text(cell)


def parse_date(cell: Any) -> date | None:
    """Raises ValidationError."""
    if isinstance(cell, Unusable):
        raise ValidationError(cell.reason)
    if isinstance(cell, date) or not cell:
        return cell or None
    day = canonical_identifier(cell)
    try:
        return date.fromisoformat(day if "-" in day else "")
    except ValueError:
        raise ValidationError(_("This is not a date. Write it as year-month-day, such as 2024-12-31.")) from None


def _parse_yes_no(text: str) -> bool:
    word = folded_key(text)
    if word in YES | {gettext("yes")}:
        return True
    if word in NO | {gettext("no")}:
        return False
    raise ValidationError(_("Write yes or no."))
