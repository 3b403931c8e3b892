"""Who changed the hub is kept, and what is kept is not rewritten."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from integrations.core.hub.acting import NOBODY, acting_as, current_actor
from integrations.core.models import FieldChange, SyncRun
from integrations.core.models.history import AppendOnly
from tests.core.hub.history import connection_of, new_changes
from tests.factories import DepartmentFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db


def test_who_acts_is_kept() -> None:
    user = User.objects.create_user("hanna")
    employee = EmployeeFactory.create()
    connection = connection_of(employee.company)
    run = SyncRun.objects.create(connection=connection, resource="employees", trigger=SyncRun.Trigger.PERSON)
    employee.city = "Haparanda"

    with acting_as(user_id=user.pk, run_id=run.pk, connection_id=connection.pk):
        employee.save()

    change = FieldChange.objects.order_by("pk").last()
    assert change is not None
    assert (change.field, change.user, change.run) == ("city", user, run)


def test_outside_of_a_request_and_a_run_nobody_is_named() -> None:
    with acting_as(user_id=1):
        pass

    assert current_actor() == NOBODY


def test_who_acted_before_acts_again_after_an_inner_block() -> None:
    with acting_as(user_id=1):
        with acting_as(run_id=2):
            assert current_actor().user_id is None
        assert current_actor().user_id == 1


@pytest.mark.behaviour("G-12")
def test_a_change_in_the_admin_is_kept_under_the_signed_in_user(client: Client) -> None:
    user = User.objects.create_superuser("hanna")
    client.force_login(user)
    department = DepartmentFactory.create(name="Kitchen")

    values = {"company": department.company_id, "given_name": "Åsa", "family_name": "Ek"}
    response = press(client, client.get(reverse("admin:employees_employee_add")), "Save", values)

    assert response.status_code == 302, response.context["errors"]
    (change,) = FieldChange.objects.of_fields("family_name")
    assert (change.user, change.run, change.after) == (user, None, "Ek")
    assert current_actor() == NOBODY


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept.save(),
        lambda kept: kept.delete(),
        lambda kept: FieldChange.objects.update(after="Ystad"),
        lambda kept: FieldChange.objects.filter(pk=kept.pk).delete(),
        lambda kept: FieldChange.objects.bulk_update([kept], ["after"]),
    ],
)
@pytest.mark.behaviour("G-12")
def test_history_is_not_rewritten(change: Callable[[FieldChange], object]) -> None:
    employee = EmployeeFactory.create()
    employee.city = "Arvika"
    employee.save()
    kept = FieldChange.objects.filter(subject_id=str(employee.pk), field="city").get()
    kept.after = "Ystad"

    with pytest.raises(AppendOnly):
        change(kept)

    assert FieldChange.objects.get(pk=kept.pk).after == employee.city


@pytest.mark.behaviour("G-12")
def test_a_user_who_changed_people_is_not_deleted_but_switched_off() -> None:
    """Or nobody could tell any more who made the changes."""
    user = User.objects.create_user("hanna")
    with acting_as(user_id=user.pk):
        employee = EmployeeFactory.create()

    with pytest.raises(ProtectedError):
        user.delete()

    assert new_changes(employee.pk, since=0)["given_name"] == (None, employee.given_name)
