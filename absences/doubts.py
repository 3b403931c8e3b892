"""What may be right about an absence's days and should be looked at all the same: told before it is kept (D-12).

Pure functions on plain values.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.periods import Away, Common, Days, InCommon, days_after, days_before, find_common
from employees.values.doubts import Doubt, doubts_about_texts
from employees.values.texts import likely_text

# A whole day: more than that, nobody can be away.
WHOLE: Final = 100
# The code of a doubt about days on which the person is not employed.
OUTSIDE: Final = "outside_employment"


class Employment(NamedTuple):
    """A person's first and last workday; None is not known."""

    first_workday: date | None
    last_workday: date | None


def period_text(start: date, end: date | None) -> str:
    """The first and the last day in the reader's way of writing."""
    first = date_format(start, "SHORT_DATE_FORMAT")
    if end is None:
        return _("from %(first)s, no end yet") % {"first": first}
    return first if start == end else f"{first} – {date_format(end, 'SHORT_DATE_FORMAT')}"


def told_in_full(person: str, kind: Any, *, grade: int, start: date, end: date | None) -> str:
    """Return what tells an absence from every other one, for a page: what it is stands in no mail."""
    part = "" if grade == WHOLE else f" {grade} %"
    return f"{person}: {kind}{part}, {period_text(start, end)}"


def doubts_about_absences(aways: Sequence[Away], employment: Employment) -> list[list[Doubt]]:
    """Return, for each of one person's absences that may stand, what is to be looked at.

    Asked is what can hardly be right: more than a whole day away, and days on which the person is not employed.
    """
    common = find_common(aways)
    return [
        [*_about_common(each), *_about_employment(away, employment)] for away, each in zip(aways, common, strict=True)
    ]


def _about_common(found: InCommon) -> list[Doubt]:
    doubts = [_in_common_with(each) for each in found.named]
    more = found.others - len(found.named)
    if more > 0:
        text = ngettext(
            "Days in common with %(count)d more absence. All together make up to %(percent)d %% of a day.",
            "Days in common with %(count)d more absences. All together make up to %(percent)d %% of a day.",
            more,
        )
        text %= {"count": more, "percent": found.percent}
        doubts.append(_common_doubt(text, asked=found.percent > WHOLE))
    return doubts


def _in_common_with(common: Common) -> Doubt:
    values = {"other": common.other.label, "days": period_text(*common.days), "percent": common.percent}
    text = (
        _("Days in common with %(other)s: %(days)s. All together make %(percent)d %% of a day, more than a whole one.")
        if common.percent > WHOLE
        else _("Days in common with %(other)s: %(days)s. All together make %(percent)d %% of a day.")
    )
    return _common_doubt(text % values, asked=common.percent > WHOLE)


def _common_doubt(text: str, *, asked: bool) -> Doubt:
    return Doubt("start", "days_in_common", text, asked=asked, beside=("employee", "end", "grade"))


def _about_employment(away: Away, employment: Employment) -> list[Doubt]:
    doubts = []
    if before := days_before(away.start, away.end, employment.first_workday):
        text = _("Days before the person's first workday (%(day)s): %(days)s.")
        doubts.append(_outside("start", text, employment.first_workday, before))
    if after := days_after(away.start, away.end, employment.last_workday):
        text = _("Days after the person's last workday (%(day)s): %(days)s.")
        doubts.append(_outside("end", text, employment.last_workday, after))
    return doubts


def _outside(field: str, text: str, workday: Any, days: Days) -> Doubt:
    values = {"day": date_format(workday, "SHORT_DATE_FORMAT"), "days": period_text(*days)}
    return Doubt(field, OUTSIDE, text % values, asked=True, beside=("employee", "start", "end"))


def doubts_about_note(note: str) -> list[Doubt]:
    """The same as for other texts, line by line (D-11)."""
    likely = "\n".join(likely_text(line) or line for line in note.split("\n"))
    return [doubt._replace(likely=likely) for doubt in doubts_about_texts({"note": note})]
