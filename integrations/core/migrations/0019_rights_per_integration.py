from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The integrations there were when the rights were two for all of them.
INTEGRATIONS = {"fortnox": "Fortnox", "visma_payroll": "Visma.net Payroll"}
NAMES = {
    "see": "%s: see how it stands",
    "mend": "%s: try again and dismiss in the error log",
    "run": "%s: run synchronisations",
    "manage": "%s: connect, settings, disconnect",
}
# Which of the old rights gives which of the new ones; whoever read a page of the core went on reading it.
FROM = {"manage_integrations": "manage", "run_synchronisations": "run"}
READ = (
    "view_connection",
    "view_syncrun",
    "view_syncrow",
    "view_link",
    "view_delivery",
    "view_problem",
    "view_fieldchange",
)


def give_rights_per_integration(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give whoever had a right for all integrations the same right for each, groups and single users alike."""
    database = schema_editor.connection.alias
    Permission = apps.get_model("auth", "Permission")
    of_core = Permission.objects.using(database).filter(content_type__app_label="core")
    for old, right in (*FROM.items(), *((reading, "see") for reading in READ)):
        holders = list(of_core.filter(codename=old))
        for permission in holders:
            _give(apps, database, permission, right)
    of_core.filter(codename__in=FROM).delete()


def _give(apps: Apps, database: str, old: Any, right: str) -> None:
    Permission = apps.get_model("auth", "Permission")
    User = apps.get_model("auth", "User")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.using(database).get_or_create(app_label="core", model="connection")
    for integration, label in INTEGRATIONS.items():
        new, _ = Permission.objects.using(database).get_or_create(
            codename=f"{right}_{integration}", content_type=content_type, defaults={"name": NAMES[right] % label}
        )
        for group in old.group_set.all():
            group.permissions.add(new)
        for user in User.objects.using(database).filter(user_permissions=old):
            user.user_permissions.add(new)


def give_rights_for_all(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give whoever has a right for one of the integrations the right for all: there is no narrower one then."""
    database = schema_editor.connection.alias
    Permission = apps.get_model("auth", "Permission")
    User = apps.get_model("auth", "User")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.using(database).get_or_create(app_label="core", model="connection")
    names = {"manage_integrations": "Manage integrations", "run_synchronisations": "Run synchronisations"}
    for old, right in FROM.items():
        again, _ = Permission.objects.using(database).get_or_create(
            codename=old, content_type=content_type, defaults={"name": names[old]}
        )
        for each in Permission.objects.using(database).filter(
            content_type=content_type, codename__in=[f"{right}_{name}" for name in INTEGRATIONS]
        ):
            for group in each.group_set.all():
                group.permissions.add(again)
            for user in User.objects.using(database).filter(user_permissions=each):
                user.user_permissions.add(again)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0018_disconnected_after"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.AlterModelOptions(
            name="connection",
            options={
                "default_permissions": ("view",),
                "permissions": (("see_background", "Can see the background tasks"),),
                "verbose_name": "connection",
                "verbose_name_plural": "connections",
            },
        ),
        migrations.RunPython(give_rights_per_integration, give_rights_for_all, elidable=False),
    ]
