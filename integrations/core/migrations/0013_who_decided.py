"""Who confirmed a run, and who decided each field (G-22).

Of what was decided before nobody knows who it was: a person's row says who touched it last, and not which fields.
"""

from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery

TRIGGERS = [("person", "A person"), ("operator", "The operator's command"), ("schedule", "The schedule")]
DECISIONS = [
    ("open", "Undecided"),
    ("left", "Take the hub's value"),
    ("right", "Take the vendor's value"),
    ("leave", "Leave both"),
]


def keep_that_somebody_decided(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fields of a review that is open were decided by somebody where their row was: they are not the rule's."""
    rows = apps.get_model("core", "SyncRow").objects
    decided = rows.filter(run__state__in=("review", "approved", "applying"), decided_at__isnull=False)
    apps.get_model("core", "SyncField").objects.filter(row__in=decided).update(
        decided_at=Subquery(rows.filter(pk=OuterRef("row")).values("decided_at")[:1])
    )


def a_user(**more: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0012_ended_jobs"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AlterField("syncrun", "approved_at", models.DateTimeField("confirmed", blank=True, null=True)),
        migrations.AddField("syncrun", "approved_by", a_user()),
        migrations.AddField(
            "syncrun",
            "approved_through",
            models.CharField(blank=True, choices=TRIGGERS, default="", max_length=16),
            preserve_default=False,
        ),
        migrations.AddField("syncfield", "decided_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("syncfield", "decided_by", a_user(db_index=False)),
        migrations.AddField(
            "syncfield",
            "decided_before",
            models.CharField(blank=True, choices=DECISIONS, default="", max_length=8),
            preserve_default=False,
        ),
        migrations.RunPython(keep_that_somebody_decided, migrations.RunPython.noop, elidable=True),
    ]
