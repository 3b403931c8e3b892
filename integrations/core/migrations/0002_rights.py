from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN

MANAGE = ("manage_integrations", "connection", "Manage integrations")
RUN = ("run_synchronisations", "connection", "Run synchronisations")
VIEWS = tuple(
    (f"view_{model}", model, f"Can view {name}")
    for model, name in (
        ("connection", "connection"),
        ("syncrun", "synchronisation"),
        ("syncrow", "row"),
        ("link", "link"),
        ("delivery", "delivery"),
        ("problem", "problem"),
        ("fieldchange", "field change"),
    )
)
# Payroll staff get none: pay is theirs, the integrations are not.
RIGHTS = {HR_ADMIN: (RUN, *VIEWS), INTEGRATION_ADMIN: (MANAGE, RUN, *VIEWS)}


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the groups their rights. Django makes permissions only after all migrations, so these are made here."""
    database = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.using(database).get_or_create(name=name)
        group.permissions.add(*(_permission(apps, database, *right) for right in rights))


def _permission(apps: Apps, database: str, codename: str, model: str, name: str) -> Any:
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    content_type, _ = ContentType.objects.using(database).get_or_create(app_label="core", model=model)
    permission, _ = Permission.objects.using(database).get_or_create(
        codename=codename, content_type=content_type, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("employees", "0002_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    # Rights stay when migrating back, as the groups do.
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False)]
