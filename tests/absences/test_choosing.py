"""Whose absence it is: the search of *Add absence*, the list and the pages that ask tell namesakes apart."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from absences.models import Absence
from employees.models import Employee
from tests.absences.conftest import SignIn
from tests.factories import AbsenceFactory, AbsenceTypeFactory, CompanyFactory, DepartmentFactory, EmployeeFactory
from tests.pages import form_of, press

pytestmark = pytest.mark.django_db
ADD = reverse("admin:absences_absence_add")
LIST = reverse("admin:absences_absence_changelist")
SEARCH = {"app_label": "absences", "model_name": "absence", "field_name": "employee"}


def search(client: Client, term: str, **asked: Any) -> list[str]:
    answer = client.get(reverse("admin:autocomplete"), {**SEARCH, "term": term, **asked})
    return [each["text"] for each in answer.json()["results"]]


@pytest.fixture
def namesakes() -> dict[str, Employee]:
    """Three of one name in three companies, all of a department called alike; one of them has left."""
    people = {}
    for company, left in (("Alpha AB", date(2025, 3, 31)), ("Beta AB", None), ("Gamma AB", None)):
        employer = CompanyFactory.create(name=company)
        people[company] = EmployeeFactory.create(
            company=employer,
            department=DepartmentFactory.create(company=employer, name="Finance"),
            given_name="Anna",
            family_name="Berg",
            employment_id="101",
            last_workday=left,
        )
    return people


@pytest.mark.behaviour("G-26")
@pytest.mark.usefixtures("namesakes")
def test_namesakes_are_told_apart_and_whoever_has_left_comes_last(hr_admin: Client) -> None:
    assert search(hr_admin, "anna berg") == [
        "Anna Berg (101, Finance, Beta AB)",
        "Anna Berg (101, Finance, Gamma AB)",
        "Anna Berg (101, Finance, Alpha AB, left on 2025-03-31)",
    ]


@pytest.mark.behaviour("G-26")
@pytest.mark.usefixtures("namesakes")
@pytest.mark.parametrize("term", ["101 gamma", "Finance Gamma", "Anna Berg (101, Finance, Gamma AB)"])
def test_a_person_is_found_by_what_the_label_shows(hr_admin: Client, term: str) -> None:
    assert search(hr_admin, term) == ["Anna Berg (101, Finance, Gamma AB)"]


@pytest.mark.behaviour("G-26")
def test_two_of_one_company_without_an_id_are_told_apart(hr_admin: Client) -> None:
    company = CompanyFactory.create()
    for _each in range(2):
        EmployeeFactory.create(company=company, given_name="Bo", family_name="Ek", work_email="")

    labels = search(hr_admin, "bo ek")

    assert len(set(labels)) == len(labels) == 2


@pytest.mark.behaviour("G-26")
def test_of_a_protected_identity_the_label_tells_neither_workplace_nor_address(hr_admin: Client) -> None:
    company = CompanyFactory.create(name="Alpha AB")
    department = DepartmentFactory.create(company=company, name="Malmö")
    EmployeeFactory.create(
        company=company, department=department, given_name="Bo", family_name="Ek", protected_identity=True
    )

    (label,) = search(hr_admin, "bo ek")

    assert "Malmö" not in label
    assert "@" not in label


@pytest.mark.behaviour("G-26")
def test_the_chosen_one_is_shown_under_the_same_label(hr_admin: Client, namesakes: dict[str, Employee]) -> None:
    kind = AbsenceTypeFactory.create()
    opened = hr_admin.get(ADD)

    refused = press(hr_admin, opened, "_save", {"employee": namesakes["Gamma AB"].pk, "type": kind.pk, "start": ""})

    (chosen,) = [each for each in form_of(refused).controls if each.name == "employee"]
    assert [option.text.strip() for option in chosen.options if option.chosen] == ["Anna Berg (101, Finance, Gamma AB)"]


@pytest.mark.behaviour("G-26")
def test_only_people_are_offered_of_whom_the_user_may_register_absences(sign_in: SignIn, report: Employee) -> None:
    stranger = EmployeeFactory.create(company=report.company, given_name="Olle", family_name="Alm")
    client = sign_in("boss")
    User.objects.get(username="boss").user_permissions.add(
        Permission.objects.get(codename="add_absence", content_type__app_label="absences")
    )

    assert search(client, stranger.family_name) == []
    assert len(search(client, report.family_name)) == 1

    # Posted by hand, somebody else is refused at the field.
    kind = AbsenceTypeFactory.create()
    forged = client.post(ADD, {"employee": stranger.pk, "type": kind.pk, "start": "2026-03-02", "grade": "100"})
    assert "Select a valid choice" in forged.content.decode()
    assert not Absence.objects.exists()


@pytest.mark.behaviour("G-26")
def test_whoever_may_register_nothing_finds_nobody(sign_in: SignIn, report: Employee) -> None:
    answer = sign_in("stranger").get(reverse("admin:autocomplete"), {**SEARCH, "term": report.family_name})

    assert answer.status_code == 403


@pytest.mark.behaviour("G-26")
def test_an_old_absence_of_somebody_who_left_is_still_edited(hr_admin: Client) -> None:
    absence = AbsenceFactory.create()
    leaver = absence.employee
    leaver.last_workday = timezone.localdate() - timedelta(days=1)
    leaver.save()

    page = hr_admin.get(reverse("admin:absences_absence_change", args=[absence.pk]))
    press(hr_admin, page, "_save", {"note": "Seen"})

    absence.refresh_from_db()
    assert absence.note == "Seen"


@pytest.mark.behaviour("G-26")
def test_the_list_and_the_decision_tell_namesakes_apart(hr_admin: Client, namesakes: dict[str, Employee]) -> None:
    absences = [AbsenceFactory.create(employee=each, status=Absence.Status.REQUESTED) for each in namesakes.values()]
    labels = [
        "Anna Berg (101, Finance, Alpha AB, left on 2025-03-31)",
        "Anna Berg (101, Finance, Beta AB)",
        "Anna Berg (101, Finance, Gamma AB)",
    ]

    listed = hr_admin.get(LIST)
    asked = press(hr_admin, listed, "Run", {"action": "approve_chosen", "_selected_action": [absences[0].pk]})
    one = hr_admin.get(reverse("admin:absences_absence_change", args=[absences[1].pk]))

    assert [label for label in labels if label in listed.content.decode()] == labels
    assert labels[0] in asked.content.decode()
    assert f"{labels[1]}:" in one.content.decode()


@pytest.mark.behaviour("G-26")
def test_the_list_asks_as_many_queries_however_many_people(
    hr_admin: Client, django_assert_max_num_queries: Any
) -> None:
    for _each in range(12):
        AbsenceFactory.create()

    with django_assert_max_num_queries(25):
        hr_admin.get(LIST)
