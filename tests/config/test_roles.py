"""The table of roles: groups have its rights, the guide shows it, an upgrade tells whom it changed something for."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from config.role_rights import give_rights
from config.roles import TABLE, rights_of
from config.roles_guide import render
from employees.access.models import RoleChange
from employees.groups import BUILT_IN, FINANCE, HR_ADMIN, INTEGRATION_ADMIN, OPERATOR
from integrations.core.registry import UsedBy, manifests
from tests.core.admin.pages import text_of
from tests.pages import press

BEFORE = [("core", "0018_disconnected_after")]
pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-14")]


def rights(group: str) -> set[str]:
    found = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def somebody(role: str, name: str = "eva") -> User:
    user = User.objects.create_user(name, is_staff=True, first_name=name.capitalize(), last_name="Ek")
    user.groups.set([Group.objects.get(name=role)])
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_each_built_in_role_has_exactly_the_rights_of_the_table() -> None:
    assert {role: rights(role) for role in BUILT_IN} == {role: rights_of(role) for role in BUILT_IN}


def test_the_guide_shows_the_table() -> None:
    assert (Path(settings.BASE_DIR) / "docs/roles.md").read_text(encoding="utf-8") == render()


def test_an_integration_admin_has_no_right_over_pay_and_absences() -> None:
    secret = ("bankaccount", "compensation", "sensitive", "_absence", "see_everybody")

    assert [right for right in rights_of(INTEGRATION_ADMIN) if right.endswith(secret)] == []


def test_no_role_of_the_table_gives_people_to_finance_and_to_operators() -> None:
    apps = {right.partition(".")[0] for role in (FINANCE, OPERATOR) for right in rights_of(role)}

    assert apps & {"employees", "absences"} == set()


@pytest.mark.behaviour("G-01")
def test_an_integration_of_finance_comes_to_finance_and_not_to_hr(monkeypatch: pytest.MonkeyPatch) -> None:
    fortnox = manifests()["fortnox"]
    monkeypatch.setitem(manifests(), "fortnox", replace(fortnox, used_by=UsedBy.FINANCE))
    give_rights()

    assert not any("fortnox" in right for right in rights(HR_ADMIN))
    assert {"core.run_fortnox", "core.mend_fortnox", "core.view_syncrun"} <= rights(FINANCE)
    assert "core.manage_fortnox" in rights(INTEGRATION_ADMIN)


def test_what_an_upgrade_changes_of_a_role_is_printed_and_shown_until_it_was_seen() -> None:
    somebody(INTEGRATION_ADMIN)
    group = Group.objects.get(name=INTEGRATION_ADMIN)
    group.permissions.add(Permission.objects.get(codename="view_bankaccount"))
    group.permissions.remove(Permission.objects.get(codename="run_fortnox"))
    said = StringIO()

    call_command("migrate", stdout=said)

    assert "Role “Integration admin” (Eva Ek) may by now: HR integrations: review, synchronise, history." in (
        said.getvalue()
    )
    assert "may no more: Bank accounts and compensation: read." in said.getvalue()
    assert rights(INTEGRATION_ADMIN) == rights_of(INTEGRATION_ADMIN)
    assert "Eva Ek" not in text_of(signed_in(somebody(HR_ADMIN, "hanna")).get(reverse("admin:index")))
    operator = signed_in(somebody(OPERATOR, "otto"))
    page = operator.get(reverse("admin:index"))
    assert all(text in text_of(page) for text in ("Eva Ek", "Bank accounts and compensation: read"))
    left = press(operator, page, "I have seen this: Integration admin", follow=True)
    assert "Bank accounts and compensation: read" not in text_of(left)
    assert RoleChange.objects.get().dismissed_by == User.objects.get(username="otto")


def test_whoever_looks_after_no_users_puts_no_note_away() -> None:
    change = RoleChange.objects.create(role=HR_ADMIN, users=["Eva Ek"], lost=["Absences: read"])
    address = reverse("role_change_dismiss", args=[change.pk])

    assert signed_in(somebody(HR_ADMIN)).post(address).status_code == 403
    assert RoleChange.objects.get().dismissed_at is None


def test_a_migrate_that_changes_nothing_says_nothing() -> None:
    somebody(HR_ADMIN)
    said = StringIO()

    call_command("migrate", stdout=said)

    assert "Role “" not in said.getvalue()
    assert not RoleChange.objects.exists()


@pytest.mark.behaviour("G-01")
@pytest.mark.django_db(transaction=True)
def test_whoever_ran_and_managed_all_integrations_runs_and_manages_each_after_the_upgrade() -> None:
    executor = MigrationExecutor(database)
    executor.migrate(BEFORE)
    runs = Permission.objects.get(codename="run_synchronisations")
    manages = Permission.objects.get(codename="manage_integrations")
    reads = Permission.objects.get(codename="view_problem")
    own = Group.objects.create(name="Our own")
    own.permissions.add(runs)
    user = User.objects.create_user("ida")
    user.user_permissions.add(manages, reads)

    executor = MigrationExecutor(database)
    executor.migrate(executor.loader.graph.leaf_nodes())

    assert {"core.run_fortnox", "core.run_visma_payroll"} == rights("Our own")
    found = set(user.user_permissions.values_list("codename", flat=True))
    assert {f"{right}_{name}" for right in ("manage", "see") for name in manifests()} <= found
    assert not Permission.objects.filter(codename__in=("run_synchronisations", "manage_integrations")).exists()


def known_rights() -> set[str]:
    return {f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")}


def test_every_row_of_the_table_names_rights_that_there_are() -> None:
    assert {right for row in TABLE for right in row.permissions()} - known_rights() == set()


def test_no_page_asks_for_a_right_that_there_is_not() -> None:
    folders = [
        Path(settings.BASE_DIR) / name for name in ("absences", "config", "employees", "integrations", "templates")
    ]
    sources = [path for folder in folders for kind in ("*.py", "*.html") for path in folder.rglob(kind)]
    now = "\n".join(path.read_text(encoding="utf-8") for path in sources if "migrations" not in path.parts)
    apps = "|".join({right.partition(".")[0] for right in known_rights()})
    verbs = "add|change|delete|view|see|run|manage|mend|decide|reset"

    asked = set(re.findall(rf"""["']((?:{apps})\.(?:{verbs})_[a-z_]+)["']""", now))
    asked |= {found.replace("perms.", "") for found in re.findall(rf"perms\.(?:{apps})\.(?:{verbs})_[a-z_]+", now)}

    assert len(asked) > 10
    assert asked - known_rights() == set()
