import sys

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MANAGER = "Manager"
# As it was usual when managers stopped reading kinds elsewhere.
THEY_GO_ON = ("DK", "FI", "IS", "NO", "SE")


def tell_who_reads_kinds_no_more(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep a note where managers read up to now why somebody of their team is away, and do so no more."""
    companies = apps.get_model("employees", "Company").objects.exclude(country__in=THEY_GO_ON)
    concerned = [f"{name} ({country})" for name, country in companies.order_by("name").values_list("name", "country")]
    users = apps.get_model("auth", "User").objects.filter(groups__name=MANAGER, is_active=True)
    names = sorted(f"{each.first_name} {each.last_name}".strip() or each.username for each in users.distinct())
    if not (concerned and names):
        return
    lost = f"Absences of the own team: what kind they are, in {', '.join(concerned)}"
    apps.get_model("access", "RoleChange").objects.create(role=MANAGER, users=names, gained=[], lost=[lost])
    sys.stdout.write(f"\n    Role “{MANAGER}” ({', '.join(names)}) may no more: {lost}.")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_employee_links"),
        ("employees", "0007_privacy"),
    ]

    operations = [migrations.RunPython(tell_who_reads_kinds_no_more, migrations.RunPython.noop, elidable=True)]
