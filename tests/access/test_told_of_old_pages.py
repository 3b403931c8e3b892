"""A page that is too old says what happened meanwhile, and nothing of it that its reader may not know."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from employees.groups import HR_ADMIN, PAYROLL_OFFICE
from employees.models import Employee
from tests.access.signing_in import text_of
from tests.access.test_privacy import absence_of_team, choose, manager_of, page_of
from tests.access.world import signed_in
from tests.core.review.filling import review_of
from tests.factories import AbsenceTypeFactory, CompensationFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-14", "PR-04")]


def test_a_manager_is_told_nothing_of_a_protected_identity_and_of_an_address() -> None:
    absence = absence_of_team()
    client = manager_of(absence)
    page = client.get(page_of(absence))
    hr = signed_in(HR_ADMIN)
    url = reverse("admin:employees_employee_change", args=[absence.employee.pk])
    changes = {"street": "Secretstreet 5", "protected_identity": True, "family_name": "Newname"}
    press(hr, hr.get(url), "", changes, follow=True)

    told = text_of(press(client, page, "Approve", follow=True))

    assert "Nothing was done" in told
    assert "protected identity" not in told
    assert "street" not in told


def test_a_manager_is_told_nothing_of_pay() -> None:
    absence = absence_of_team()
    client = manager_of(absence)
    page = client.get(page_of(absence))
    CompensationFactory.create(employee=absence.employee)
    Employee.objects.get(pk=absence.employee.pk).save()
    person = Employee.objects.get(pk=absence.employee.pk)
    person.family_name = "Newname"
    person.save()

    told = text_of(press(client, page, "Approve", follow=True))

    assert "Nothing was done" in told
    assert "compensation" not in told


def test_a_manager_is_told_nothing_of_connections() -> None:
    absence = absence_of_team()
    client = manager_of(absence)
    page = client.get(page_of(absence))
    connection = review_of(absence.employee.company, account_id="1").run.connection
    user = User.objects.create_user("ingrid")
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(connection),
        object_id=str(connection.pk),
        object_repr="Fortnox of ours",
        action_flag=2,
        change_message="Setting changed",
    )
    person = Employee.objects.get(pk=absence.employee.pk)
    person.family_name = "Newname"
    person.save()

    told = text_of(press(client, page, "Approve", follow=True))

    assert "Nothing was done" in told
    assert "Fortnox of ours" not in told


def test_a_manager_who_sees_away_is_told_nothing_of_a_kind_and_a_note() -> None:
    absence = absence_of_team()
    choose(absence.employee.company, managers_see_kinds="no")
    client = manager_of(absence)
    page = client.get(page_of(absence))
    hr = signed_in(HR_ADMIN)
    kind = AbsenceTypeFactory.create(name="Burnout")
    press(hr, hr.get(page_of(absence)), "", {"note": "Secretnote", "type": str(kind.pk)}, follow=True)

    told = text_of(press(client, page, "Approve", follow=True))

    assert "Nothing was done" in told
    assert "absence, note" not in told
    assert "absence, type" not in told


def test_whoever_may_know_all_is_told_all() -> None:
    absence = absence_of_team()
    hr, other = signed_in(HR_ADMIN), signed_in(PAYROLL_OFFICE, absence.employee.company)
    page = other.get(page_of(absence))
    url = reverse("admin:employees_employee_change", args=[absence.employee.pk])
    press(hr, hr.get(url), "", {"street": "Storgatan 5"}, follow=True)
    press(hr, hr.get(page_of(absence)), "", {"note": "Aura again"}, follow=True)

    told = text_of(press(other, page, "Approve", follow=True))

    assert "street of" in told
    assert "absence, note of" in told
    assert "something" not in told
