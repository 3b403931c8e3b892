from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL

MODELS = ("company", "department", "employee", "position", "bankaccount", "compensation")
NAMES = {
    "add": "Can add %s",
    "change": "Can change %s",
    "delete": "Can delete %s",
    "view": "Can view %s",
}
VIEWS = tuple((f"view_{model}", model) for model in MODELS)
SENSITIVE = ("view_sensitive", "employee")
RIGHTS = {
    HR_ADMIN: (*((f"{action}_{model}", model) for model in MODELS for action in NAMES), SENSITIVE),
    INTEGRATION_ADMIN: VIEWS,
    PAYROLL: (*VIEWS, SENSITIVE, ("change_bankaccount", "bankaccount"), ("change_compensation", "compensation")),
}


def create_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the groups. Django makes permissions only after all migrations, so those needed are made here."""
    database = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.using(database).get_or_create(name=name)
        group.permissions.add(*(_permission(apps, database, codename, model) for codename, model in rights))


def _permission(apps: Apps, database: str, codename: str, model: str) -> Any:
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    content_type, _ = ContentType.objects.using(database).get_or_create(app_label="employees", model=model)
    verbose_name = apps.get_model("employees", model)._meta.verbose_name
    name = (
        "Can see national IDs and bank accounts in full"
        if (codename, model) == SENSITIVE
        else NAMES[codename.partition("_")[0]] % verbose_name
    )
    permission, _ = Permission.objects.using(database).get_or_create(
        codename=codename, content_type=content_type, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("employees", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    # Groups stay when migrating back: people may be in them, and other apps' rights.
    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop, elidable=False)]
