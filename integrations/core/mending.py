"""Values that stood in the database before a rule for them came, and would be refused now: what is wrong with each."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from employees.models import BankAccount, StoredValue
from employees.models.cleaning import CanonicalModel
from employees.values.bank_accounts import clean_bank_account

# So many are looked at in one round of the sweep.
AT_ONCE: Final = 200
Records = Mapping[tuple[str, int], CanonicalModel]


def records_of(values: Iterable[StoredValue]) -> Records:
    """Return the records by (model, primary key), a query per model; those deleted since are not among them."""
    wanted: dict[str, set[int]] = {}
    for value in values:
        wanted.setdefault(value.model, set()).add(value.record_id)
    found: dict[tuple[str, int], Any] = {}
    for label, ids in wanted.items():
        model = apps.get_model(label)
        related = [name for name in ("company", "employee__company", "employee", "type") if _has(model, name)]
        records = model._base_manager.select_related(*related).filter(pk__in=ids)
        found.update({(label, record.pk): record for record in records})
    return found


def _has(model: type[models.Model], path: str) -> bool:
    return any(field.name == path.partition("__")[0] for field in model._meta.fields)


def reason_against(value: StoredValue, record: CanonicalModel) -> str:
    """Return why the stored value could not be entered today; empty once it is mended. Leaves the record changed."""
    stored = getattr(record, value.field)
    reasons = record.reasons_against()
    field = record._meta.get_field(value.field)
    if value.field in reasons:
        return " ".join(message for error in reasons[value.field] for message in error.messages)
    if isinstance(field, models.Field) and not field.blank and getattr(record, value.field) in (None, ""):
        return _("It shows nothing that anybody could read.")
    if isinstance(record, BankAccount):
        return _reason_against_account(record)
    # Only another writing of somebody else's: the rules of the table say whose.
    return "" if getattr(record, value.field) == stored else _reason_of_table(record)


def _reason_against_account(account: BankAccount) -> str:
    try:
        clean_bank_account(**asdict(account.numbers))
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _reason_of_table(record: CanonicalModel) -> str:
    try:
        record.validate_constraints()
        record.validate_unique()
    except ValidationError as error:
        messages = error.message_dict
        reasons = messages.get(NON_FIELD_ERRORS) or [text for each in messages.values() for text in each]
        return " ".join([*reasons, _("The two look the same: correct or rename one of them.")])
    return _("It is stored in another writing than it would be today. Open the record and save it.")


def forget_mended() -> int:
    """Take what was mended, or deleted, off the list; returns how many."""
    listed = list(StoredValue.objects.filter(state=StoredValue.State.TO_MEND).order_by("?")[:AT_ONCE])
    if not listed:
        return 0
    records = records_of(listed)
    mended = [value.pk for value in listed if not _is_still_wrong(value, records)]
    StoredValue.objects.filter(pk__in=mended).delete()
    return len(mended)


def _is_still_wrong(value: StoredValue, records: Records) -> bool:
    record = records.get((value.model, value.record_id))
    return record is not None and bool(reason_against(value, record))
