"""Pairs were settled with whatever a vendor answered to a write: those of two different values are open again."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AT_ONCE = 500


def _opened(pairs: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [left, right, "open" if state == "settled" and left != right else state]
        for name, (left, right, state) in pairs.items()
    }


def upgrade(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The next comparison shows them; the digest is of the halves alone and stays."""
    model = apps.get_model("core", "Link")
    changed = []
    for link in model.objects.exclude(pairs={}).only("pairs").iterator(chunk_size=AT_ONCE):
        pairs = _opened(link.pairs)
        if pairs != link.pairs:
            link.pairs = pairs
            changed.append(link)
    model.objects.bulk_update(changed, ["pairs"], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("core", "0008_bells")]
    operations = [migrations.RunPython(upgrade, migrations.RunPython.noop)]
