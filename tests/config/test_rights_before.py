"""Whoever could do something before the table of roles goes on, or is told by name what is no more (OP-14)."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from config.role_rights import give_rights
from employees.access.models import RoleChange
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, MANAGER
from employees.models import Company
from tests.config.test_roles import rights, somebody
from tests.factories import CompanyFactory

BEFORE_PROTECTED = [("employees", "0006_stored_values")]
BEFORE_KINDS = [("access", "0004_employee_links")]
pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-14")]


def migrate_to_now() -> None:
    executor = MigrationExecutor(database)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_a_right_that_another_gave_already_is_not_told_as_new() -> None:
    somebody(HR_ADMIN)
    Group.objects.get(name=HR_ADMIN).permissions.remove(Permission.objects.get(codename="mend_fortnox"))

    assert give_rights() == []
    assert "core.mend_fortnox" in rights(HR_ADMIN)
    assert not RoleChange.objects.exists()


@pytest.mark.behaviour("PR-04")
@pytest.mark.django_db(transaction=True)
def test_whoever_read_people_goes_on_seeing_protected_ones_or_is_told() -> None:
    MigrationExecutor(database).migrate(BEFORE_PROTECTED)
    reads = Permission.objects.get(codename="view_employee")
    Group.objects.create(name="Our own").permissions.add(reads)
    Group.objects.create(name="Without people")
    ida = User.objects.create_user("ida")
    ida.user_permissions.add(reads)
    integration_admin = Group.objects.get(name=INTEGRATION_ADMIN)
    integration_admin.permissions.add(reads)
    integration_admin.user_set.add(User.objects.create_user("eva", first_name="Eva", last_name="Ek"))

    migrate_to_now()
    (change,) = give_rights()

    assert "employees.view_protected" in rights("Our own")
    assert ida.user_permissions.filter(codename="view_protected").exists()
    assert "employees.view_protected" not in rights("Without people") | rights(INTEGRATION_ADMIN)
    assert (change.role, change.users) == (INTEGRATION_ADMIN, ["Eva Ek"])
    assert "People with a protected identity: see them at all" in change.lost


@pytest.mark.behaviour("PR-01")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("country", "told"), [("GB", True), ("NL", True), ("SE", False)])
def test_managers_who_read_no_kinds_any_more_are_told_by_company(country: str, told: bool) -> None:
    MigrationExecutor(database).migrate(BEFORE_KINDS)
    somebody(MANAGER, "mats")
    Company.objects.all().delete()
    company = CompanyFactory.create(name="Alpha", country=country)
    said = StringIO()

    call_command("migrate", stdout=said, verbosity=0)

    lost = [f"Absences of the own team: what kind they are, in {company.name} ({country})"]
    notes = RoleChange.objects.filter(role=MANAGER).values_list("users", "lost")
    assert list(notes) == ([(["Mats Ek"], lost)] if told else [])
