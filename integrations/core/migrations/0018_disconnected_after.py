from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COMPLETED = ("done", "done_with_problems", "cancelled")
STATES = [
    ("draft", "Draft"),
    ("authorised", "Connected, to be synchronised"),
    ("reviewing", "Synchronisation to be confirmed"),
    ("active", "Active"),
    ("needs_reauthorisation", "Needs to be connected again"),
    ("paused", "Paused"),
    ("disconnected", "Disconnected"),
]


def remember(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Whoever is not active though a synchronisation was confirmed was disconnected, and connected again, after it."""
    runs = apps.get_model("core.SyncRun")._base_manager
    connections = apps.get_model("core.Connection")._base_manager
    for connection in connections.filter(state__in=("disconnected", "authorised", "reviewing")).only("state"):
        own = runs.filter(connection=connection)
        confirmed = own.filter(approved_at__isnull=False, state__in=COMPLETED)
        # One that is reviewed now was compared after that.
        before = confirmed if connection.state == "reviewing" else own
        if connection.state == "disconnected" or confirmed.exists():
            last = before.aggregate(last=models.Max("pk"))["last"] or 0
            connections.filter(pk=connection.pk).update(disconnected_after=last)


class Migration(migrations.Migration):
    dependencies = [("core", "0017_review_visits")]
    operations = [
        migrations.AddField("connection", "disconnected_after", models.BigIntegerField(default=0, editable=False)),
        migrations.AlterField(
            "connection",
            "state",
            models.CharField(choices=STATES, default="draft", max_length=24, verbose_name="state"),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
