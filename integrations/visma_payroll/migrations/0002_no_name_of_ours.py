"""No name that Visma gave: what stood there was the hub's own company, whatever Tenant ID was pasted."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forget(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connections = apps.get_model("core", "Connection").objects.filter(integration="visma_payroll")
    connections.exclude(account_name="").update(account_name="")


class Migration(migrations.Migration):
    dependencies = [("visma_payroll", "0001_initial"), ("core", "0016_what_became_of_problems")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
