"""Marked values in every column that a vendor's words, or a person's sensitive values, can reach (G-32)."""

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db import models

from employees.models import BankAccount, Employee, ImportRow, StoredValue
from integrations.core.models import FieldChange, Mark, SyncField
from integrations.core.models.foreign_texts import ForeignTextField, ForeignTextsField
from tests.access.world import World
from tests.core.admin.filling import MORNING

NATIONAL_ID: Final = "198507099805"
ACCOUNT: Final = "86011117947"
IBAN: Final = "NO9386011117947"
TOKEN: Final = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXJrZWQifQ.c2lnbmF0dXJl"
PHRASE: Final = "what the vendor said"
# Written as somebody writes who wants to get past a mask.
MESSAGE: Final = f"850709\N{NO-BREAK SPACE}9805, 8601.11.17947, NO93 8601 1117 947, Bearer {TOKEN}: {PHRASE}"
VALUES: Final = {"national_id": NATIONAL_ID, "bank_account": ["NO", "", ACCOUNT, IBAN, ""]}
PAIRS: Final = {name: [value, value, "settled"] for name, value in VALUES.items()}
ONE: Final = VALUES["bank_account"]
# Values of people, as they are kept; whatever is a foreign text is found by its kind of column.
KEPT: Final[dict[str, Any]] = {
    "employees.Employee.national_id": NATIONAL_ID,
    "employees.BankAccount.account_number": ACCOUNT,
    "employees.BankAccount.iban": IBAN,
    "employees.ImportRow.values": {"national_id": NATIONAL_ID, "account_number": ACCOUNT},
    "employees.ImportRow.sensitive_changes": {"national_id": ["", NATIONAL_ID], "account_number": ["", ACCOUNT]},
    "employees.StoredValue.before": NATIONAL_ID,
    "employees.StoredValue.after": NATIONAL_ID,
    "core.Link.pairs": PAIRS,
    "core.Mark.wanted": {"over": VALUES},
    "core.SyncRun.options": {"ask_all": {"error": MESSAGE, "people": 1}},
    "core.SyncRow.options": {"values": VALUES},
    **{f"core.SyncField.{name}": ONE for name in ("base_left", "base_right", "left", "right")},
    "core.Delivery.wanted": VALUES,
    "core.Delivery.left_keys": VALUES,
    "core.Delivery.before": VALUES,
    "core.Delivery.pairs": PAIRS,
    "core.Problem.wanted": {"over": VALUES},
    "core.FieldChange.before": NATIONAL_ID,
    "core.FieldChange.after": NATIONAL_ID,
}
# Why no such value comes into a column, by its name; of apps that are not ours by the app's.
A_NAME = "a name that somebody gave: of a person, a thing or a file"
A_CODE = "a code, a number or a name of the program's own"
A_SETTING = "what an administrator set, which is no value of a person"
ORDINARY = "an ordinary value of a person, which other rights open"
ENCRYPTED = "encrypted; a page of its own test shows nothing of it"
OTHER_APPS: Final = {
    "admin": "Django's own log of what was done: names of records and of fields",
    "auth": "users of the hub",
    "axes": "signing in, of which the lock-out's tests see that nothing is kept that was typed",
    "contenttypes": A_CODE,
    "django_q": "tasks: arguments are numbers, results are described (`work.results`), and what logs say is asked here",
    "otp_totp": "the second factor",
    "sessions": "signed, and read by nobody",
    "access": "users of the hub and how they sign in",
    "kept": "what somebody typed, sealed for that very person",
}
ALLOWED: Final = {
    A_NAME: """employees.Company.name employees.Department.name employees.ImportJob.file_name employees.ImportRow.label
        absences.AbsenceType.name core.Connection.label core.Connection.account_name core.MassChange.label
        core.SyncRow.label core.Problem.label fortnox.PersonSchedule.label""",
    A_CODE: """employees.Company.organisation_number employees.Company.country employees.Company.time_zone
        employees.Employee.employment_id employees.Employee.national_id_country employees.Employee.country
        employees.ImportJob.kind employees.ImportJob.counts employees.ImportJob.holder employees.BankAccount.country
        employees.BankAccount.clearing_number employees.BankAccount.bic employees.Compensation.currency
        employees.StoredValue.model employees.StoredValue.field absences.AbsenceType.code
        absences.ConfirmedDays.stretches core.Bell.task core.Bell.queue core.Lease.name core.Lease.holder
        core.Connection.integration core.Connection.account_id core.Link.resource core.Link.left_id core.Link.right_id
        core.Link.digest core.Link.choice core.Link.written core.MassChange.key core.HeldEdit.left_id
        core.HeldEdit.field core.Mark.resource core.Mark.left_id core.Mark.held_by core.Mark.held_fields
        core.SyncRun.resource core.SyncRun.counts core.SyncRun.failure core.SyncRow.left_id core.SyncRow.right_id
        core.SyncField.field core.Delivery.resource core.Delivery.left_id core.Delivery.step core.Delivery.newer
        core.Delivery.right_id core.Delivery.error_class core.Problem.resource core.Problem.left_id
        core.Problem.right_id core.Problem.action core.Problem.cause core.Notification.key core.FieldChange.subject
        core.FieldChange.subject_id core.FieldChange.field core.Canary.queue fortnox.AbsenceTypeMapping.cause
        fortnox.SeenCause.code fortnox.AbsenceSwitch.planned_with fortnox.ExistingAbsence.employee_id
        fortnox.PersonSchedule.employee_id fortnox.PersonSchedule.schedule_id fortnox.ScheduleDay.employee_id
        fortnox.ScheduleDay.schedule_id""",
    A_SETTING: """core.Connection.scope core.Connection.settings core.Connection.time_zone core.Connection.recipients
        core.Notification.recipients""",
    ORDINARY: """employees.Employee.given_name employees.Employee.family_name employees.Employee.work_email
        employees.Employee.private_email employees.Employee.work_phone employees.Employee.private_phone
        employees.Employee.street employees.Employee.street2 employees.Employee.postal_code employees.Employee.city
        employees.Position.title employees.Position.end_reason absences.Absence.note""",
    ENCRYPTED: "core.Connection.credentials",
    "sentences of the hub's own about a file, which never repeat a value": """employees.ImportJob.error
        employees.ImportRow.errors employees.ImportRow.notes employees.ImportRow.questions""",
    "the file itself, which nobody reads before it is taken apart": "employees.ImportJob.content",
    "differences of columns that are not sensitive": "employees.ImportRow.changes",
    "numbers of problems and people, days and names: no mail takes a text from there": "core.Notification.data",
    "what is known of a record to write it again: no page shows it": """core.Link.options core.Delivery.natural_key
        core.Delivery.job_address""",
}


def columns() -> Iterator[tuple[str, models.Field[Any, Any]]]:
    """Yield the columns of every model that hold texts of any content, by ``app.Model.column``."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            is_text = isinstance(field, models.TextField | models.CharField | models.JSONField | models.BinaryField)
            if is_text and not field.choices and not model._meta.proxy:
                yield f"{model._meta.label}.{field.name}", field


def allowed() -> dict[str, str]:
    return {name: reason for reason, names in ALLOWED.items() for name in names.split()}


def put_marks(world: World) -> None:
    """Fill every column of the world's records, past whatever would refuse it, with something in each table."""
    differing = world.reviewed.run.rows.get(pk=world.ids["syncrow"])
    SyncField.objects.create(row=differing, field="bank_account")
    SyncField.objects.create(row=differing, field="not_declared_any_more")
    ImportRow.objects.create(job_id=world.ids["importjob"], number=2, label="Eva")
    Mark.objects.create(
        connection=world.reviewed.run.connection,
        resource="employees",
        left_id=f"9{differing.left_id}",
        due=MORNING,
        changed_at=MORNING,
    )
    # Each value in a field of its own: what another field holds is no secret.
    models.QuerySet[Any](FieldChange).filter(pk=world.ids["fieldchange"]).update(field="national_id")
    StoredValue.objects.update(field="national_id")
    Employee._base_manager.filter(pk=world.person.pk).update(national_id_country="SE")
    BankAccount._base_manager.filter(employee=world.person).update(country="NO")
    for name, field in columns():
        records = models.QuerySet[Any](field.model)
        if name.startswith("core.FieldChange"):
            records = records.filter(field="national_id")
        elif name.startswith("core.SyncField") and name in KEPT:
            records = records.exclude(field="phone")
        if isinstance(field, ForeignTextField):
            records.update(**{field.name: MESSAGE})
        elif isinstance(field, ForeignTextsField):
            records.update(**{field.name: [MESSAGE]})
        elif name in KEPT and name not in ("employees.Employee.national_id",):
            records.update(**{field.name: KEPT[name]})
    Employee._base_manager.filter(pk=world.person.pk).update(national_id=NATIONAL_ID)
