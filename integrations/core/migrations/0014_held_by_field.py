from datetime import timedelta
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

HELD_BY = "mass:"
EVERYTHING = "*"
AT_ONCE = 2_000


def hold_by_field(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Let mass changes hold the fields that their user is known to have changed since, else the whole person."""
    marks = apps.get_model("core.Mark")._base_manager
    for mass in apps.get_model("core.MassChange")._base_manager.iterator():
        last = 0
        held = marks.filter(resource="employees", held_by=f"{HELD_BY}{mass.pk}", held_fields={}).order_by("pk")
        while found := list(held.filter(pk__gt=last)[:AT_ONCE]):
            last = found[-1].pk
            known = _changed(apps, mass, [mark.left_id for mark in found])
            for mark in found:
                mark.held_fields = {str(mass.pk): sorted(known.get(mark.left_id, {EVERYTHING}))}
            marks.bulk_update(found, ["held_fields"], batch_size=200)


def _changed(apps: StateApps, mass: Any, left_ids: list[str]) -> dict[str, set[str]]:
    # The change is kept right before what holds it, in one transaction.
    since = mass.created_at - timedelta(minutes=1)
    changes = apps.get_model("core.FieldChange")._base_manager.filter(
        subject="employee",
        subject_id__in=left_ids,
        connection=None,
        user_id=mass.by_id,
        at__gte=since,
    )
    known: dict[str, set[str]] = {}
    for left_id, field in changes.values_list("subject_id", "field"):
        known.setdefault(left_id, set()).add(field.partition(".")[0])
    return known


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0013_who_decided"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("delivery", "pairs", models.JSONField(default=dict)),
        migrations.AddField("delivery", "newer", models.JSONField(default=list)),
        migrations.AddField("mark", "held_fields", models.JSONField(blank=True, default=dict)),
        migrations.AlterField(
            "syncfield",
            "change",
            models.CharField(
                choices=[
                    ("left", "Changed in the hub"),
                    ("right", "Changed at the vendor"),
                    ("both", "Changed on both sides"),
                    ("first", "Differs, and not decided yet"),
                ],
                default="first",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            "HeldEdit",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("left_id", models.CharField(max_length=100)),
                ("field", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "mass_change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="edits", to="core.masschange"
                    ),
                ),
            ],
            options={"default_permissions": (), "ordering": ["-id"]},
        ),
        migrations.RunPython(hold_by_field, migrations.RunPython.noop),
    ]
