"""The settings of a Fortnox connection, with their defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from integrations.fortnox.absence_rules import TransferSettings

EMPLOYMENT_FORMS: Final = {
    "TV": _("Permanent (TV)"),
    "PRO": _("Probation (PRO)"),
    "TID": _("Fixed term (TID)"),
    "SVT": _("Special fixed term (SVT)"),
    "VIK": _("Substitute (VIK)"),
    "PRJ": _("Project (PRJ)"),
    "PRA": _("Internship (PRA)"),
    "FER": _("Holiday work (FER)"),
    "SES": _("Seasonal (SES)"),
    "NEJ": _("Not employed (NEJ)"),
}
SALARY_FORMS: Final = {"MAN": _("Monthly (MAN)"), "TIM": _("Hourly (TIM)")}
PERSONNEL_TYPES: Final = {"TJM": _("Salaried employee (TJM)"), "ARB": _("Worker (ARB)")}
PHONE_SOURCES: Final = {"work_phone": _("Work phone"), "private_phone": _("Private phone")}
LONGEST_SCHEDULE_ID: Final = 10
SWITCHES: Final = frozenset({"create_absences", "send_days_without_hours", "hold_without_hours"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FortnoxSettings:
    """``phone_source`` is the hub's phone kept in step with Phone1 (FX-08); the next four are for new people.

    Without an employment form, salary form and personnel type Fortnox refuses a new person, unless the company
    has a default agreement. Without a schedule ID a new person gets Fortnox's own schedule, of no hours (FX-16).

    The last four are for absences: whether they are created at all (FX-03), the day up to which payroll is closed
    (ISO, or empty; FX-19), whether days without scheduled hours are sent, and whether the absences of people
    without any scheduled hours are held (FX-16).
    """

    employment_form: str = "TV"
    salary_form: str = "MAN"
    personnel_type: str = "TJM"
    schedule_id: str = ""
    phone_source: str = "work_phone"
    create_absences: bool = False
    payroll_closed_to: str = ""
    send_days_without_hours: bool = True
    hold_without_hours: bool = False

    @property
    def transfer(self) -> TransferSettings:
        """What the rules of absences want to know."""
        return TransferSettings(
            create_absences=self.create_absences,
            closed_to=date.fromisoformat(self.payroll_closed_to) if self.payroll_closed_to else None,
            send_days_without_hours=self.send_days_without_hours,
            hold_without_hours=self.hold_without_hours,
        )

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Read a connection's settings; what else stands there is not ours. Raises ValidationError by setting."""
        given = {field.name: options[field.name] for field in fields(cls) if field.name in options}
        typed: dict[str, Any] = {
            name: value is True if name in SWITCHES else str(value) for name, value in given.items()
        }
        settings = cls(**typed)
        settings.validate()
        return settings

    def validate(self) -> None:
        allowed = {
            "employment_form": EMPLOYMENT_FORMS,
            "salary_form": SALARY_FORMS,
            "personnel_type": PERSONNEL_TYPES,
            "phone_source": PHONE_SOURCES,
        }
        errors: dict[str, Any] = {
            name: _("“%(value)s” is none of the possible values of the setting %(setting)s: %(choices)s.")
            % {"value": getattr(self, name), "setting": name, "choices": ", ".join(choices)}
            for name, choices in allowed.items()
            if getattr(self, name) not in choices
        }
        if len(self.schedule_id) > LONGEST_SCHEDULE_ID:
            errors["schedule_id"] = _("A schedule ID at Fortnox has at most %(count)d characters.") % {
                "count": LONGEST_SCHEDULE_ID
            }
        if not _is_day(self.payroll_closed_to):
            errors["payroll_closed_to"] = _("This is not a date. Write it as year-month-day, such as 2026-01-31.")
        if errors:
            raise ValidationError(errors)


def _is_day(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
