"""What is kept in step with Visma.net Payroll: the one declaration that the pages and the sync read (VP-10)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from employees.values.bank_accounts import BankAccountNumbers, bank_account_key
from employees.values.dates import clean_birth_date
from integrations.core import person_fields
from integrations.core.checks import (
    both_sides,
    check_account,
    doubt_about_account,
    first_reason,
    reason_against_day,
)
from integrations.core.declare import Choice, Direction, Field, Record, Resource, Text
from integrations.core.kinds import BANK_ACCOUNT, CODE, DATE, UNKNOWN, BankAccount
from integrations.visma_payroll.checks import (
    NORWAY,
    check_national_id,
    check_number,
    check_payable,
    check_phone,
    norwegian_account,
)
from integrations.visma_payroll.mappers import POSITION_FIELDS, SPANS, TODAY
from integrations.visma_payroll.positions import FIRST, LAST, Span, reasons_against
from integrations.visma_payroll.settings import VismaPayrollSettings
from integrations.visma_payroll.unconfirmed import SETTLE_SECONDS

EMPLOYEES: Final = "employees"
VENDOR: Final = "Visma.net Payroll"
# The workdays stand in a document of their own.
POSITION: Final = "position"


def employees_resource(settings: VismaPayrollSettings) -> Resource:
    """Return the declaration under a connection's settings."""
    fields = (
        *_name_fields(),
        *_contact_fields(),
        *_employment_fields(),
        *_pay_fields(settings),
        *_creation_fields(),
    )
    names = [declared.name for declared in fields]
    return Resource(
        name=EMPLOYEES,
        label=_("Employees"),
        fields=fields,
        # Where the two disagree, a person settles it (VP-12).
        match_keys=("employment_id", "work_email"),
        # Of Visma's, the number alone is nobody else's.
        natural_key="employment_id",
        settle_seconds=SETTLE_SECONDS,
        # A PUT replaces the whole document.
        created_note=_("Created as draft: complete it in Visma.net Payroll."),
        read_first=True,
        lists_changes=True,
        job_seconds=settings.job_minutes * 60.0,
        check_together=partial(_check_workdays, first=names.index(FIRST), last=names.index(LAST)),
        choice=Choice(
            _("Position"), _("The current one, else the most recent past one, else the coming one"), POSITION_FIELDS
        ),
    )


def employee_sources() -> dict[str, str]:
    """Return the hub's value per field."""
    names = ("given_name", "family_name", "work_email", "first_workday", "last_workday", "employment_id")
    others = ("bank_account", "address", "birth_date", "national_id")
    return {**{name: name for name in (*names, *others)}, "phone": "work_phone"}


def _name_fields() -> tuple[Field, ...]:
    note = _(
        "To Visma.net Payroll: today's name gets an end date, and the new one starts today. To the hub: the current"
        " name."
    )
    return person_fields.name_fields(vendor=VENDOR, note=note)


def _contact_fields() -> tuple[Field, ...]:
    return (
        person_fields.work_email(vendor=VENDOR, note=_("The business e-mail in Visma.net Payroll.")),
        person_fields.phone(
            vendor=VENDOR,
            country=NORWAY,
            label=_("Work phone"),
            right=check_phone,
            note=_("The business phone in Visma.net Payroll, which keeps it as a plain number: few foreign ones fit."),
        ),
    )


def _employment_fields() -> tuple[Field, ...]:
    return (
        person_fields.first_workday(
            vendor=VENDOR,
            note=_(
                "The first day of the selected position: the current one, else the most recent past one, else the"
                " future one. Required to create somebody in Visma.net Payroll. A day after the position's end is"
                " refused: add a position in Visma.net Payroll."
            ),
            required=True,
            step=POSITION,
        ),
        person_fields.last_workday(
            vendor=VENDOR,
            note=_(
                "The last day of the selected position. An ordinary or maritime position without a reason for its end"
                " gets “The employee has resigned from his/her position”; emptied, both are cleared."
            ),
            step=POSITION,
        ),
        person_fields.employment_id(
            vendor=VENDOR,
            right=check_number,
            note=_(
                "At most 12 characters; a longer one is not sent. Required to create somebody in Visma.net Payroll, and"
                " never emptied there. Identifies people the first time they are synchronised, before the work e-mail."
            ),
            required=True,
        ),
    )


def _pay_fields(settings: VismaPayrollSettings) -> tuple[Field, ...]:
    account_checks = both_sides(check_account, vendor=VENDOR)
    # What is never sent at all is said first: there is nothing to correct about an account abroad.
    payable = partial(check_payable, international=settings.international_accounts)
    return (
        Field(
            name="bank_account",
            label=_("Bank account"),
            kind=replace(BANK_ACCOUNT, normalise=account_key),
            note=_(
                "Only a Norwegian account number is sent; an account abroad too, where the connection's settings say"
                " so. Somebody new without one is paid in cash. An account that Visma.net Payroll has is never emptied."
            ),
            sensitive=True,
            never_emptied=True,
            doubt=doubt_about_account,
            check_left=account_checks["check_left"],
            check_right=first_reason(payable, account_checks["check_right"]),
        ),
        person_fields.address(
            vendor=VENDOR, country=NORWAY, note=_("Without its second street line: the hub keeps its own.")
        ),
    )


def _creation_fields() -> tuple[Field, ...]:
    return (
        Field(
            name="birth_date",
            label=_("Birth date"),
            kind=DATE,
            direction=Direction.ON_CREATION,
            **both_sides(reason_against_day(clean_birth_date), vendor=VENDOR),
        ),
        Field(
            name="national_id",
            label=_("National ID"),
            kind=CODE,
            note=_("A Norwegian national ID or D-number."),
            direction=Direction.ON_CREATION,
            sensitive=True,
            check_right=check_national_id,
        ),
    )


def _check_workdays(left: Mapping[str, Any], right: Record, *, first: int, last: int) -> Mapping[str, Text]:
    """``first`` and ``last`` are where the workdays stand among the record's values."""
    wanted = {name: value for name in (FIRST, LAST) if (value := left[name]) is not UNKNOWN}
    start, end = (day if isinstance(day := right.values[place], date) else None for place in (first, last))
    held = Span(start or date.min, end)
    others, today = right.seen.get(SPANS, ()), right.seen.get(TODAY, date.min)
    reasons = reasons_against(wanted, held=held, others=others, today=today)
    return {name: reason.text for name, reason in reasons.items()}


def account_key(value: BankAccount) -> BankAccount | None:
    """Return what two writings of one account have in common: a Norwegian's number, else the IBAN.

    A whole BankAccount: keys are stored as JSON and must come back equal.
    """
    if number := norwegian_account(value):
        return BankAccount(NORWAY, "", number)
    digits: BankAccount = BANK_ACCOUNT.normalise(value)
    if digits.iban:
        return BankAccount(digits.country, iban=digits.iban)
    if not any(digits[1:]):
        return None
    return BankAccount(*bank_account_key(BankAccountNumbers(*digits)))
