"""The error log's edges, and where else a refusal is explained: person, delivery, row, start page (G-09)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee
from integrations.core.models import Connection, Delivery, Mark, Notification, Problem, SyncRow
from integrations.core.problems import made_from
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import MORNING, World, service_runs
from tests.core.admin.pages import page_of, rows_of, text_of
from tests.factories import EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
LOG = reverse("admin:core_problem_changelist")
ACT = reverse("admin:core_problem_act")
START = reverse("admin:index")
PHONE = "Refused:2000106:phone"


def problem(world: World, label: str, **values: Any) -> Problem:
    employee = EmployeeFactory.create(company=world.employee.company)
    plain = {
        "connection": world.connection,
        "resource": "employees",
        "left_id": str(employee.pk),
        "label": label,
        "action": "update",
        "cause": PHONE,
        "message": "Måste vara numeriskt. (Phone1)",
        "wanted": {"fields": ["phone"]},
        "first_at": MORNING,
        "last_at": MORNING,
    }
    found: Problem = Problem.objects.create(**{**plain, **values})
    return found


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(text_of(answer).split())


def said(client: Client, **posted: Any) -> list[str]:
    """Post by hand, and return what was said."""
    shown = made_from(Problem.objects.filter(pk=posted["problem"])) if "problem" in posted else ""
    return told_by(client.post(ACT, {"made_from": shown, **posted}))


def told_by(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def group_of(world: World, **more: Any) -> dict[str, Any]:
    return {"connection": world.connection.pk, "resource": "employees", "cause": PHONE, **more}


# --- The log --------------------------------------------------------------------------------------------------


def test_a_group_that_was_searched_for_a_name_is_tried_again_for_that_name_alone(sign_in: SignIn, world: World) -> None:
    for label in ("Anna Alm", "Anna Berg", "Bo Berg"):
        problem(world, label)
    client = sign_in("hr_admin")
    assert "Try all 2 again" in page(client, f"{LOG}?name=anna")

    searched = client.get(f"{LOG}?name=anna")
    told = told_by(press(client, searched, "action=retry", holding={"cause": PHONE, "name": "anna"}))
    assert told[0].startswith("2 problems are tried again")

    left = Problem.objects.filter(cause=PHONE, state=Problem.State.OPEN)
    assert [each.label for each in left] == ["Bo Berg"]


def test_a_group_counts_only_those_that_can_be_tried_again(sign_in: SignIn, world: World) -> None:
    for number in range(4):
        problem(world, f"Person {number}", state=Problem.State.RETRIED if number else Problem.State.OPEN)
    text = page(sign_in("hr_admin"), LOG)
    assert "4 people: Work phone is not written as Fortnox wants it" in text
    assert "Try 1 again" in text

    Problem.objects.filter(cause=PHONE).update(state=Problem.State.RETRIED)
    assert "They are being tried again." in page(sign_in("integration_admin"), LOG)


@pytest.mark.behaviour("G-09")
def test_all_problems_of_one_cause_are_dismissed_with_one_reason_and_no_others(sign_in: SignIn, world: World) -> None:
    for number in range(3):
        problem(world, f"Person {number}")
    client = sign_in("hr_admin")

    reason = {"reason": "The phones are private"}
    answer = press(client, client.get(LOG), "action=dismiss", reason, holding={"cause": PHONE})
    assert told_by(answer) == ["3 problems are dismissed. Both systems stay as they are."]

    dismissed = Problem.objects.filter(state=Problem.State.DISMISSED)
    assert {(each.cause, each.dismissed_reason, str(each.decided_by)) for each in dismissed} == {
        (PHONE, "The phones are private", "hr_admin")
    }
    assert Problem.objects.get(state=Problem.State.OPEN) == world.problem
    assert "The phones are private" in page(client, page_of(dismissed[0]))


def test_the_page_of_a_whole_group_explains_it_and_acts_on_it(sign_in: SignIn, world: World) -> None:
    for number in range(7):
        problem(world, f"Person {number}")
    client = sign_in("hr_admin")
    assert f"?connection={world.connection.pk}&amp;cause=Refused%3A2000106%3Aphone&amp;resource=employees" in page(
        client, LOG
    )

    text = page(client, f"{LOG}?connection={world.connection.pk}&cause={PHONE}&resource=employees")

    assert "7 people: Work phone is not written as Fortnox wants it" in text
    assert "Try all 7 again" in text
    assert "Dismiss all 7" in text
    assert "Eva Ek" not in text


def test_the_causes_to_choose_from_are_those_of_the_open_problems(sign_in: SignIn, world: World) -> None:
    names = [Employee.objects.get(pk=problem(world, "Called so then").left_id).full_name for _number in range(3)]
    problem(world, "Long ago", cause="gone", state=Problem.State.SOLVED)

    text = page(sign_in("hr_admin"), LOG)

    assert "Work phone is not written as Fortnox wants it (3)" in text
    assert "Refused by Fortnox (1)" in text
    assert "Gone from" not in text
    assert names[1] in page(sign_in("integration_admin"), f"{LOG}?cause={PHONE}")


def test_the_log_of_one_connection_or_integration_leads_back_to_it(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    section = reverse("admin:fortnox_fortnoxconnection_changelist")
    own = reverse("admin:fortnox_fortnoxconnection_connection", args=[world.connection.pk])

    assert f'class="samklang-back" href="{own}"' in page(client, f"{LOG}?connection={world.connection.pk}")
    assert f'class="samklang-back" href="{section}"' in page(client, f"{LOG}?integration=fortnox")
    assert "samklang-back" not in page(client, LOG)
    assert f"{LOG}?connection={world.connection.pk}" in page(client, own)
    assert f"{LOG}?integration=fortnox" in page(client, section)


def test_a_solved_problem_says_when_and_a_retried_one_who_asked(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    press(client, client.get(LOG), "action=retry", holding={"problem": world.problem.pk})
    assert "Being tried again" in page(client, LOG)
    assert "hr_admin, " in page(client, LOG)

    noon = MORNING + timedelta(hours=3)
    Problem.objects.update(state=Problem.State.SOLVED, decided_at=noon)
    text = page(client, f"{LOG}?state=solved")
    assert "2 Mar 2026, 12:30" in text
    assert "Try again" not in text


def test_what_waits_for_a_connection_is_said_to_wait(sign_in: SignIn, world: World) -> None:
    Connection.objects.update(state=Connection.State.NEEDS_REAUTHORISATION)

    client = sign_in("hr_admin")
    told = told_by(press(client, client.get(LOG), "action=retry", holding={"problem": world.problem.pk}))

    assert told == ["1 to be tried again once “Fortnox Demo” is connected and in step: it is not at the moment."]
    assert Mark.objects.filter(left_id=world.problem.left_id).exists()


@pytest.mark.behaviour("G-15")
def test_the_log_says_that_the_background_service_does_not_run(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert "background service is not running" not in page(client, LOG)
    service_runs(running=False)
    assert "background service is not running" in page(client, LOG)
    assert "background service is not running" in page(client, page_of(world.problem))


def test_mails_that_cannot_be_sent_and_that_nobody_gets_are_told(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert "could not be sent:" not in page(client, LOG)
    Notification.objects.create(
        key="problems:1:1", connection=world.connection, attempts=1, error="the mail server could not be reached."
    )
    assert "1 e-mail about a problem could not be sent: the mail server could not be reached." in page(client, LOG)

    assert "nobody gets an e-mail" not in page(client, LOG)
    Connection.objects.update(recipients=[])
    assert "nobody gets an e-mail about this" in page(client, LOG)


@pytest.mark.parametrize("posted", ["999999", "", "-1", "one", "9" * 30, "²"])
def test_a_problem_that_is_none_is_not_found(sign_in: SignIn, world: World, posted: str) -> None:
    client = sign_in("hr_admin")
    assert client.post(ACT, {"action": "retry", "problem": posted}).status_code == 404
    assert client.post(ACT, {"action": "dismiss", "reason": "x", "problem": posted}).status_code == 404
    assert client.get(reverse("admin:core_problem_change", args=[999999])).status_code in (302, 404)


def test_a_group_that_is_none_is_not_found(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    for wrong in ({"connection": 999999}, {"cause": "gone"}, {"resource": "absences"}, {"connection": "x"}):
        assert client.post(ACT, {**group_of(world, action="retry"), **wrong}).status_code == 404
    assert client.post(ACT, {"action": "retry"}).status_code == 404


@pytest.mark.parametrize("query", ["connection=" + "9" * 30, "name=%00", "state=x&page=y", "cause=%00&integration=x"])
def test_an_odd_address_is_answered(sign_in: SignIn, world: World, query: str) -> None:
    assert sign_in("hr_admin").get(f"{LOG}?{query}").status_code == 200


def test_a_reason_is_short_enough_to_be_read(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert said(client, action="dismiss", problem=world.problem.pk, reason="x" * 301)[-1].startswith("Say in up to 300")
    assert said(client, action="dismiss", problem=world.problem.pk, reason="x" * 300)[-1].startswith("1 problem is")
    assert said(client, action="dismiss", problem=world.problem.pk, reason="again")[-1].startswith("Nothing was")
    assert said(client, action="burn", problem=world.problem.pk)[-1] == "Nothing was done: press one of the buttons."


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["staff", "user"])
@pytest.mark.parametrize("action", ["retry", "dismiss"])
def test_without_the_right_nobody_acts_on_problems(sign_in: SignIn, world: World, role: str, action: str) -> None:
    client = sign_in(role)
    for meant in ({"problem": world.problem.pk}, group_of(world)):
        assert client.post(ACT, {"action": action, "reason": "x", **meant}).status_code == 403
    assert Problem.objects.get().state == Problem.State.OPEN
    assert not Problem.objects.exclude(decided_by=None).exists()


# --- Values that not everybody may read -------------------------------------------------------------------------


def test_long_numbers_in_a_message_are_hidden_from_whoever_may_not_see_sensitive_values(
    world: World, reader_without_sensitive: Client
) -> None:
    message = "Kontot 5140-321 56 42 finns inte den 2026-03-02 (kod 106)."
    Problem.objects.update(message=message)
    for address in (LOG, f"{LOG}?state=all", page_of(world.problem), page_of(world.employee)):
        text = page(reader_without_sensitive, address)
        assert "Kontot •••• finns inte den 2026-03-02 (kod 106)." in text
        assert "321 56 42" not in text


@pytest.mark.behaviour("G-09")
def test_the_message_is_shown_word_for_word_to_hr_admins(sign_in: SignIn, world: World) -> None:
    message = "Kontot 5140-321 56 42 finns inte."
    Problem.objects.update(message=message)
    client = sign_in("hr_admin")
    for address in (LOG, page_of(world.problem), page_of(world.employee)):
        assert message in page(client, address)


# --- Where else it is told ----------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-09")
def test_the_persons_page_explains_what_could_not_be_sent_and_tries_it_again(sign_in: SignIn, world: World) -> None:
    Problem.objects.update(cause=PHONE, wanted={"fields": ["phone"]})
    client = sign_in("hr_admin")

    text = page(client, page_of(world.employee))
    assert "Fortnox Demo: Work phone is not written as Fortnox wants it" in text
    assert "Change: Work phone" in text
    assert "Correct the value on the person" in text
    back = f"{page_of(world.employee)}#problems"
    assert f'name="next" value="{back}"' in text

    answer = press(client, client.get(page_of(world.employee)), "action=retry")
    assert answer.headers["Location"] == back
    assert "Being tried again" in page(client, page_of(world.employee))

    Problem.objects.update(state=Problem.State.SOLVED)
    assert "Open problems" not in page(client, page_of(world.employee))


def test_the_problems_of_others_are_not_on_the_persons_page(sign_in: SignIn, world: World) -> None:
    Problem.objects.all().delete()
    problem(world, "Anna Alm")
    problem(world, "Another thing", resource="absences", left_id=str(world.employee.pk))

    assert "Open problems" not in page(sign_in("hr_admin"), page_of(world.employee))


def test_a_refused_delivery_and_its_row_are_explained(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert "In the error log: try again, or dismiss" not in page(client, page_of(world.delivery))

    refused = {"state": Delivery.State.REFUSED, "error_class": "Refused", "message": world.problem.message}
    Delivery.objects.filter(pk=world.delivery.pk).update(**refused)

    for record in (world.delivery, world.row):
        text = page(client, page_of(record))
        assert "Refused by Fortnox" in text
        assert page_of(world.problem) in text
    SyncRow.objects.filter(pk=world.row.pk).update(state=SyncRow.State.WRITTEN)
    assert page_of(world.problem) not in page(client, page_of(world.row))


def test_a_delivery_refused_for_another_reason_is_not_explained_by_this_one(sign_in: SignIn, world: World) -> None:
    Delivery.objects.update(state=Delivery.State.REFUSED, error_class="Refused", message="Something else.")
    assert page_of(world.problem) not in page(sign_in("hr_admin"), page_of(world.delivery))


def test_the_start_page_and_the_connections_lead_to_the_log(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    own = reverse("admin:fortnox_fortnoxconnection_connection", args=[world.connection.pk])
    link = f'<a href="{LOG}?connection={world.connection.pk}">Open the error log'
    for address in (START, own, reverse("admin:fortnox_fortnoxconnection_changelist")):
        assert link in page(client, address)
    assert "Look at 1 open problem" in page(client, START)

    Problem.objects.update(state=Problem.State.SOLVED)
    assert link not in page(client, START)


def test_no_page_takes_more_queries_for_more_problems(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    Delivery.objects.update(state=Delivery.State.REFUSED, message=world.problem.message)
    for cause in (PHONE, "gone"):
        problem(world, "Anna Alm", cause=cause, left_id=str(world.employee.pk))
    whole = f"{LOG}?connection={world.connection.pk}&cause={PHONE}&resource=employees"
    addresses = [
        *(LOG, f"{LOG}?state=all", whole, f"{LOG}?name=anna", START, rows_of(world)),
        *(page_of(record) for record in (world.employee, world.row, world.delivery, world.problem)),
    ]
    few = {address: queries(client, address) for address in addresses}
    now = timezone.now()
    Problem.objects.bulk_create(
        Problem(
            connection=world.connection,
            resource="employees",
            left_id=str(world.employee.pk if number % 3 else number + 10_000),
            label="Anna Alm",
            action="update",
            cause=f"Refused:{number % 50}:{number}" if number % 3 else PHONE,
            first_at=now,
            last_at=now,
        )
        for number in range(300)
    )

    many = {address: queries(client, address) for address in addresses}

    assert {address: count for address, count in many.items() if count > few[address]} == {}


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(database) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
