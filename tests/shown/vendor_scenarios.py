"""Absence types and existing absences at Fortnox, a connection's settings, a person's links."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from employees.models import Employee
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.fortnox.models import AbsenceSwitch, AbsenceTypeMapping, ExistingAbsence, ExistingLook
from tests.core.review.filling import Reviewed, review_of
from tests.factories import AbsenceFactory, EmployeeFactory
from tests.pages import press
from tests.shown.asked import (
    Asked,
    asks,
    connection_page,
    edit,
    edit_absence,
    kind,
    page,
    person_page,
    review_page,
    save_settings,
)

Kind = SyncRow.Kind


# --- Fortnox: absence types, existing absences ----------------------------------------------------------


def sending_absences() -> Reviewed:
    reviewed = review_of()
    Connection.objects.update(settings={"create_absences": True})
    reviewed.run.connection.refresh_from_db()
    return reviewed


@asks("fortnox/absence_types_confirm.html", "an absence came")
def mapping(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = sending_absences()
    connection, person = reviewed.run.connection, reviewed.employee("Eva Ek")
    address, sick = connection_page(connection, "absence_types"), kind("sick_leave")
    added = {"employee": person.pk, "type": sick.pk, "start": "2026-03-04", "end": "2026-03-10"}
    return Asked(
        open=lambda: press(hanna, hanna.get(address), "Show what it would do", {f"cause_{sick.pk}": "SJK"}),
        change=lambda: press(henrik, henrik.get(page("absences_absence_add")), "Save", added),
        button="Save",
        state=AbsenceTypeMapping.objects.count,
    )


@asks("fortnox/absence_types_confirm.html", "somebody answered another type alike")
def mapping_answered(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    connection = sending_absences().run.connection
    address, sick = connection_page(connection, "absence_types"), kind("sick_leave")

    def ask(client: Client, cause: str) -> Any:
        return press(client, client.get(address), "Show what it would do", {f"cause_{sick.pk}": cause})

    return Asked(
        open=lambda: ask(hanna, "SJK"),
        change=lambda: press(henrik, ask(henrik, "TJL"), "Save"),
        button="Save",
        state=lambda: list(AbsenceTypeMapping.objects.filter(absence_type=sick).values_list("cause", flat=True)),
    )


@asks("fortnox/existing_found.html")
def existing(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = sending_absences()
    connection = reviewed.run.connection
    AbsenceSwitch.objects.update_or_create(connection=connection, defaults={"on_since": timezone.now()})
    before = timezone.now() - timedelta(days=3)
    absences = [
        AbsenceFactory.create(
            employee=reviewed.employee(name),
            type=kind("sick_leave"),
            start=date(2026, 3, 2),
            end=date(2026, 3, 6),
            status="approved",
            decided_at=before,
        )
        for name in ("Eva Ek", "Bo Berg")
    ]
    AbsenceTypeMapping.objects.create(
        connection=connection, absence_type=kind("sick_leave"), cause="SJK", changed_at=before
    )
    for right_id, absence in enumerate(absences, 501):
        Link.objects.create(
            connection=connection,
            resource="employees",
            left_id=str(absence.employee_id),
            right_id=str(right_id),
            state="active",
        )
    look = ExistingLook.objects.create(
        connection=connection, since=date(2026, 1, 1), state=ExistingLook.State.READY, read_at=timezone.now()
    )
    for right_id, absence in enumerate(absences, 501):
        ExistingAbsence.objects.create(
            look=look,
            absence_id=absence.pk,
            version=absence.version,
            employee_id=str(right_id),
            days=5,
            outcome=ExistingAbsence.Outcome.CREATE,
        )
    return Asked(
        open=lambda: hanna.get(connection_page(connection, "existing_absences")),
        change=lambda: edit_absence(henrik, absences[0], end="2026-03-20"),
        button="all=1",
        state=ExistingAbsence.objects.count,
    )


# --- A connection ---------------------------------------------------------------------------------------


@asks("core/wizard/settings.html")
def settings_page(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    connection = review_of().run.connection
    return Asked(
        open=lambda: hanna.get(connection_page(connection, "settings")),
        change=lambda: save_settings(henrik, connection, push_limit=7),
        button="Save",
        changes={"label": "Another name"},
        state=lambda: Connection.objects.get().label,
    )


@asks("core/wizard/disconnect.html")
def disconnecting(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    connection = review_of().run.connection
    return Asked(
        open=lambda: hanna.get(connection_page(connection, "disconnect")),
        change=lambda: save_settings(henrik, connection, label="Another name"),
        button="Disconnect",
        state=lambda: Connection.objects.get().state,
    )


@asks("core/admin/run_cancel.html")
def cancelling(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=reviewed.employee("Eva Ek"))
    return Asked(
        open=lambda: hanna.get(review_page(reviewed, "cancel")),
        change=lambda: press(
            henrik, henrik.get(review_page(reviewed, "missing")), "Save choices", {"tick": str(row.pk)}
        ),
        button="Cancel the synchronisation",
        state=lambda: SyncRun.objects.get().state,
    )


# --- A person's links -----------------------------------------------------------------------------------


def linked_person(**more: Any) -> tuple[Reviewed, Link]:
    reviewed = review_of()
    person = reviewed.employee("Eva Ek")
    link = Link.objects.create(
        connection=reviewed.run.connection,
        resource="employees",
        left_id=str(person.pk),
        right_id="7",
        state=Link.State.ACTIVE,
        **more,
    )
    return reviewed, link


@asks("core/admin/person_disconnect.html")
def disconnecting_somebody(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    _reviewed, link = linked_person()
    person = Employee.objects.get(pk=link.left_id)
    return Asked(
        open=lambda: hanna.get(person_page(link, "disconnect")),
        change=lambda: edit(henrik, person, family_name="Ekman"),
        button="Disconnect",
        state=lambda: Link.objects.get().state,
    )


@asks("core/admin/person_create_anew.html")
def creating_anew(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    _reviewed, link = linked_person(gone_at=timezone.now())
    person = Employee.objects.get(pk=link.left_id)
    return Asked(
        open=lambda: hanna.get(person_page(link, "create_anew")),
        change=lambda: edit(henrik, person, family_name="Ekman"),
        button="Forget the link",
        state=lambda: Link.objects.get().state,
    )


@asks("core/admin/person_choose.html")
def choosing(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    company = review_of().company
    connection = Connection.objects.create(
        integration="visma_payroll", label="Visma Demo", state=Connection.State.ACTIVE, account_id="9", company=company
    )
    person = EmployeeFactory.create(company=company)
    link = Link.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(person.pk),
        right_id="7",
        state=Link.State.ACTIVE,
        options={"choices": [["1", "Position 1"], ["2", "Position 2"]]},
    )

    def choose(client: Client, choice: str) -> Any:
        return press(client, client.get(person_page(link, "choose")), "Keep this one in step", {"choice": choice})

    return Asked(
        open=lambda: hanna.get(person_page(link, "choose")),
        change=lambda: choose(henrik, "2"),
        button="Keep this one in step",
        changes={"choice": "1"},
        state=lambda: Link.objects.get(pk=link.pk).choice,
    )
