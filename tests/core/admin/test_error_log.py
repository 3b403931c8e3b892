"""The error log: grouped by cause, tried again and dismissed by whoever runs synchronisations (G-09)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from employees.groups import HR_ADMIN
from integrations.core.models import Mark, Problem
from tests.core.admin.filling import MORNING, World, fill
from tests.factories import CompanyFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
LOG = reverse("admin:core_problem_changelist")
ACT = reverse("admin:core_problem_act")


@pytest.fixture
def world(db: None) -> World:
    filled = fill()
    Mark.objects.all().delete()
    return filled


@pytest.fixture
def hanna(db: None) -> Client:
    user = User.objects.create_user("hanna", is_staff=True, first_name="Hanna", last_name="Berg")
    user.groups.add(Group.objects.get(name=HR_ADMIN))
    client = Client()
    client.force_login(user)
    return client


def problem(world: World, label: str, **values: Any) -> Problem:
    given_name, _space, family_name = label.partition(" ")
    employee = EmployeeFactory.create(
        company=CompanyFactory.create(), given_name=given_name, family_name=family_name or "Ek"
    )
    plain = {
        "connection": world.connection,
        "resource": "employees",
        "left_id": str(employee.pk),
        "label": label,
        "action": "update",
        "cause": "Refused:2000106:phone",
        "message": "Måste vara numeriskt. (Phone1)",
        "wanted": {"fields": ["phone"]},
        "first_at": MORNING,
        "last_at": MORNING,
    }
    found: Problem = Problem.objects.create(**{**plain, **values})
    return found


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.behaviour("G-09")
def test_problems_of_one_cause_are_one_group_with_the_vendors_message_and_ours(world: World, hanna: Client) -> None:
    for number in range(23):
        problem(world, f"Person {number}")

    text = text_of(hanna, LOG)

    assert "23 people: Work phone is not written as Fortnox wants it" in text
    assert "Måste vara numeriskt. (Phone1)" in text
    assert "Change: Work phone" in text
    assert "Correct the value on the person&#x27;s page" in text
    assert "Try all 23 again" in text
    assert "The clearing number is unknown." in text


def test_a_group_leads_to_all_of_its_people(world: World, hanna: Client) -> None:
    for number in range(7):
        problem(world, f"Person {number}")
    text = text_of(hanna, f"{LOG}?connection={world.connection.pk}&cause=Refused:2000106:phone")
    assert all(f"Person {number}" in text for number in range(7))
    assert "Eva Ek" not in text


def test_a_long_log_is_shown_a_page_at_a_time(world: World, hanna: Client) -> None:
    for number in range(60):
        problem(world, f"Person {number}", cause=f"Refused:{number}")
    assert text_of(hanna, LOG).count("<article") == 15
    assert "Page 2 of 4" in text_of(hanna, f"{LOG}?page=2")
    assert len(hanna.get(f"{LOG}?state=all").context["listed"]) == 50


@pytest.mark.behaviour("G-09")
def test_one_problem_is_tried_again(world: World, hanna: Client) -> None:
    found = problem(world, "Anna Alm")

    answer = press(hanna, hanna.get(LOG), "action=retry", holding={"problem": found.pk})

    assert answer.headers["Location"] == LOG
    found.refresh_from_db()
    assert (found.state, found.decided_by) == (Problem.State.RETRIED, User.objects.get(username="hanna"))
    mark = Mark.objects.get()
    assert (mark.left_id, mark.wanted, mark.held_by) == (found.left_id, {"fields": ["phone"]}, "")


def test_all_problems_of_one_cause_are_tried_again_and_no_others(world: World, hanna: Client) -> None:
    for number in range(3):
        problem(world, f"Person {number}")
    other = problem(world, "Other", cause="Refused:1")

    press(hanna, hanna.get(LOG), "action=retry", holding={"cause": "Refused:2000106:phone"})

    assert Problem.objects.filter(state=Problem.State.RETRIED).count() == 3
    other.refresh_from_db()
    assert other.state == Problem.State.OPEN
    assert Mark.objects.count() == 3


def test_what_several_problems_of_one_person_want_is_sent_together(world: World, hanna: Client) -> None:
    first = problem(world, "Anna Alm")
    problem(world, "Anna Alm", left_id=first.left_id, cause="field:address", wanted={"fields": ["address"]})
    for each in Problem.objects.filter(left_id=first.left_id):
        press(hanna, hanna.get(LOG), "action=retry", holding={"problem": each.pk})
    assert Mark.objects.get().wanted == {"fields": ["address", "phone"]}


@pytest.mark.behaviour("G-09")
def test_a_problem_is_dismissed_with_a_reason_that_others_read(world: World, hanna: Client) -> None:
    found = problem(world, "Anna Alm")

    reason = {"reason": "Payroll has done it by hand"}
    press(hanna, hanna.get(LOG), "Dismiss", reason, holding={"problem": found.pk})

    assert "Anna Alm" not in text_of(hanna, LOG)
    text = text_of(hanna, f"{LOG}?state=dismissed")
    assert "Hanna Berg, " in text
    assert "Payroll has done it by hand" in text
    assert not Mark.objects.exists()


def test_without_a_reason_nothing_is_dismissed(world: World, hanna: Client) -> None:
    found = problem(world, "Anna Alm")
    answer = press(hanna, hanna.get(LOG), "Dismiss", {"reason": " "}, holding={"problem": found.pk}, follow=True)
    assert "why it is dismissed: others read the reason later" in answer.content.decode()
    found.refresh_from_db()
    assert found.state == Problem.State.OPEN

    press(hanna, answer, "Dismiss", {"reason": "Left the company"}, holding={"problem": found.pk})
    found.refresh_from_db()
    assert found.state == Problem.State.DISMISSED


def test_the_log_is_filtered_by_connection_state_and_name(world: World, hanna: Client) -> None:
    problem(world, "Anna Alm")
    problem(world, "Bo Berg", state=Problem.State.SOLVED)
    assert "Anna Alm" not in text_of(hanna, f"{LOG}?connection=999999")
    assert "Anna Alm" in text_of(hanna, f"{LOG}?connection={world.connection.pk}&name=alm")
    assert "Bo Berg" in text_of(hanna, f"{LOG}?state=solved")
    assert "Bo Berg" not in text_of(hanna, LOG)


def test_a_reader_without_the_right_to_synchronise_sees_no_buttons_and_cannot_act(world: World) -> None:
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(*_permissions("view_problem", "see_fortnox"))
    client = Client()
    client.force_login(reader)
    assert "Try again" not in text_of(client, LOG)
    assert client.post(ACT, {"action": "retry", "problem": world.problem.pk}).status_code == 403
    assert Problem.objects.get().state == Problem.State.OPEN


def test_nobody_else_sees_the_log(world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.get(LOG).status_code == 403
    client.force_login(User.objects.create_user("outsider"))
    assert client.post(ACT, {"action": "retry", "problem": world.problem.pk}).status_code in (302, 403)
    assert Problem.objects.get().state == Problem.State.OPEN


def test_acting_by_get_is_refused(world: World, hanna: Client) -> None:
    assert hanna.get(ACT).status_code == 405


def test_the_way_back_never_leads_elsewhere(world: World, hanna: Client) -> None:
    answer = hanna.post(ACT, {"action": "retry", "problem": world.problem.pk, "next": "https://evil.example/"})
    assert answer.headers["Location"] == LOG


def test_one_problems_page_says_what_to_do(world: World, hanna: Client) -> None:
    found = problem(world, "Anna Alm", cause="gone", message="Kan inte hitta anställd.")
    text = text_of(hanna, reverse("admin:core_problem_change", args=[found.pk]))
    assert "Gone from Fortnox" in text
    assert "Kan inte hitta anställd." in text
    assert "disconnect the person" in text


def test_the_log_takes_as_many_queries_for_many_problems_as_for_few(
    world: World, hanna: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        problem(world, f"Person {number}", cause=f"Refused:{number % 12}")
    with django_assert_max_num_queries(25):
        few = hanna.get(LOG)
    with django_assert_max_num_queries(25):
        everything = hanna.get(f"{LOG}?state=all")
    # A redirect would take few queries, too.
    assert (few.status_code, everything.status_code) == (200, 200)
    assert "Person 59" in everything.content.decode()


def _permissions(*codenames: str) -> Any:
    return Permission.objects.filter(codename__in=codenames)
