from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from integrations.fortnox.street_lines import upgraded_link

AT_ONCE = 500


def remember_lines(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let every link say which of Fortnox's address lines holds the street (FX-20)."""
    links = apps.get_model("core", "Link")._base_manager.filter(connection__integration="fortnox", resource="employees")
    last = 0
    while found := list(links.filter(pk__gt=last).order_by("pk").only("pairs", "options")[:AT_ONCE]):
        last = found[-1].pk
        changed: list[Any] = []
        for link in found:
            upgraded = upgraded_link(link.options, link.pairs)
            if upgraded is not None:
                # The next comparison makes the digest anew.
                link.options, link.pairs, link.digest = *upgraded, ""
                changed.append(link)
        links.bulk_update(changed, ["options", "pairs", "digest"])


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_canonical_values"),
        ("fortnox", "0005_existing_absences_looked_at"),
    ]
    operations = [migrations.RunPython(remember_lines, migrations.RunPython.noop)]
