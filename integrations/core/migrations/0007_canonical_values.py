import sys

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from integrations.core.upgrades import make_canonical


def upgrade(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for line in make_canonical(apps, today=timezone.localdate()).lines():
        sys.stdout.write(f"\n    {line}")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_mass_changes_of_absences"),
        ("employees", "0006_stored_values"),
        ("absences", "0002_types_and_groups"),
    ]
    operations = [migrations.RunPython(upgrade, migrations.RunPython.noop)]
