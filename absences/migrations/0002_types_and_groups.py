from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, MANAGER, PAYROLL

# Code, name, counts as work days, needs approval, colour.
TYPES = (
    ("sick_leave", "Sick leave", True, False, "red"),
    ("self_certification", "Self certification", True, False, "red"),
    ("care_of_sick_child", "Care of sick child", True, False, "orange"),
    ("care_of_relative", "Care of a close relative", True, True, "orange"),
    ("work_injury", "Work injury", True, False, "red"),
    ("disease_carrier", "Disease carrier", True, False, "red"),
    ("parental_leave", "Parental leave", True, True, "blue"),
    ("birth_of_child", "Leave at the birth of a child", True, True, "blue"),
    ("pregnancy_benefit", "Pregnancy benefit", True, True, "blue"),
    ("vacation", "Vacation", True, True, "green"),
    ("time_in_lieu", "Time in lieu", True, True, "green"),
    ("paid_leave", "Short paid leave", True, True, "green"),
    ("leave_of_absence", "Leave of absence", True, True, "grey"),
    ("education", "Education", True, True, "grey"),
    ("military_service", "Military service", True, True, "grey"),
    ("layoff", "Temporary layoff", True, True, "grey"),
    ("other_absence", "Other absence", True, True, "grey"),
    ("remote_work", "Remote work", False, False, "grey"),
    ("business_travel", "Business travel", False, False, "grey"),
)
ABSENCE_NAMES = {
    "add_absence": "Can add absence",
    "change_absence": "Can change absence",
    "delete_absence": "Can delete absence",
    "view_absence": "Can view absence",
    "decide_absence": "Can approve and decline absences",
    "see_everybody": "Can see the absences of everybody, not only of the own team",
}
TYPE_NAMES = {f"{action}_absencetype": f"Can {action} absence type" for action in ("add", "change", "delete", "view")}
READS = ("view_absence", "see_everybody", "view_absencetype")
RIGHTS = {
    HR_ADMIN: (*ABSENCE_NAMES, *TYPE_NAMES),
    INTEGRATION_ADMIN: READS,
    PAYROLL: READS,
    MANAGER: ("view_absence", "decide_absence"),
}


def add_types(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    AbsenceType = apps.get_model("absences", "AbsenceType")
    names = ("code", "name", "counts_as_work_days", "needs_approval", "colour")
    AbsenceType.objects.using(schema_editor.connection.alias).bulk_create(
        [AbsenceType(**dict(zip(names, values, strict=True))) for values in TYPES],
        # Migrated back and forth, they are there already.
        ignore_conflicts=True,
    )


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the groups their rights. Django makes permissions only after all migrations, so these are made here."""
    database = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.using(database).get_or_create(name=name)
        group.permissions.add(*(_permission(apps, database, codename) for codename in rights))


def _permission(apps: Apps, database: str, codename: str) -> Any:
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    model = "absencetype" if codename in TYPE_NAMES else "absence"
    content_type, _ = ContentType.objects.using(database).get_or_create(app_label="absences", model=model)
    permission, _ = Permission.objects.using(database).get_or_create(
        codename=codename, content_type=content_type, defaults={"name": {**ABSENCE_NAMES, **TYPE_NAMES}[codename]}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("absences", "0001_initial"),
        ("employees", "0002_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    # Types may have absences, and groups people and other apps' rights: both stay when migrating back.
    operations = [
        migrations.RunPython(add_types, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False),
    ]
