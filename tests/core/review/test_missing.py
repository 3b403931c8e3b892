"""Missing people: nobody is ticked at first, nobody can be ticked who cannot be created (G-05)."""

from typing import Any

import pytest
from django.test import Client

from integrations.core.models import SyncRow, SyncRun
from tests.core.admin.pages import text_of
from tests.core.review.conftest import SignIn
from tests.core.review.filling import Reviewed
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Kind = SyncRow.Kind
QUESTION = "May be Eva Ek: same national ID, or same name and birth date."


def single(reviewed: Reviewed, name: str, **more: Any) -> SyncRow:
    return reviewed.row(Kind.ONLY_LEFT, name, left=reviewed.employee(name), **more)


def decision(row: SyncRow) -> str:
    row.refresh_from_db()
    return row.decision


def tick(
    client: Client, reviewed: Reviewed, row: SyncRow, *, ticked: bool = True, page: Any = None, **added: Any
) -> str:
    """Tick somebody on the page, now opened or given; ``added`` comes of the page's script."""
    page = page or client.get(reviewed.address("missing"))
    chosen = {"tick": row.pk if ticked else None}
    return text_of(press(client, page, "Save choices", chosen, added=added, follow=True))


def tick_by_hand(client: Client, reviewed: Reviewed, row: SyncRow, **more: Any) -> str:
    """Post what the page offers nobody."""
    posted = {"shown": row.pk, f"version-{row.pk}": row.version, "tick": row.pk, **more}
    return text_of(client.post(reviewed.address("missing"), posted, follow=True))


@pytest.mark.behaviour("G-05")
def test_two_lists_and_nobody_ticked(hanna: Client, reviewed: Reviewed) -> None:
    single(reviewed, "Eva Ek")
    reviewed.row(Kind.ONLY_RIGHT, "Bo Berg", right_id="12")

    left = hanna.get(reviewed.address("missing")).context
    right = hanna.get(reviewed.address("missing", query="side=right")).context

    assert [[each.row.label for each in side["people"]] for side in (left, right)] == [["Eva Ek"], ["Bo Berg"]]
    assert (left["counts"]["ticked"], right["counts"]["ticked"]) == (0, 0)


@pytest.mark.behaviour("G-05")
def test_a_tick_is_kept_and_taken_back(hanna: Client, reviewed: Reviewed) -> None:
    row = single(reviewed, "Eva Ek")

    tick(hanna, reviewed, row)
    assert decision(row) == SyncRow.Decision.CREATE

    tick(hanna, reviewed, row, ticked=False)
    assert decision(row) == SyncRow.Decision.OPEN


def test_a_tick_is_saved_as_it_is_made(hanna: Client, reviewed: Reviewed) -> None:
    row = single(reviewed, "Eva Ek")

    page = tick(hanna, reviewed, row, only=row.pk)

    assert (decision(row), "Saved." in page) == (SyncRow.Decision.CREATE, True)
    assert "1 of the 1 person who can be created is ticked" in page


def test_what_somebody_else_decided_meanwhile_stays(sign_in: SignIn, reviewed: Reviewed) -> None:
    row = single(reviewed, "Eva Ek")
    opened = sign_in("hanna").get(reviewed.address("missing"))
    tick(sign_in("henrik"), reviewed, row)
    tick(sign_in("henrik"), reviewed, row, ticked=False)

    page = tick(sign_in("hanna"), reviewed, row, page=opened)

    assert decision(row) == SyncRow.Decision.OPEN
    assert "Henrik decided on Eva Ek (" in page
    tick(sign_in("hanna"), reviewed, row)
    assert decision(row) == SyncRow.Decision.CREATE


@pytest.mark.behaviour("G-05", "FX-06")
def test_whoever_cannot_be_created_stands_with_the_reason_and_cannot_be_ticked(
    hanna: Client, reviewed: Reviewed
) -> None:
    reason = "Work e-mail is missing."
    row = reviewed.row(Kind.CANNOT_SEND, "Eva Ek", left=reviewed.employee("Eva Ek"), reason=reason)

    page = tick_by_hand(hanna, reviewed, row, only=row.pk)
    tick_by_hand(hanna, reviewed, row, many="all")

    assert decision(row) == SyncRow.Decision.OPEN
    assert reason in page
    assert " disabled" in page


@pytest.mark.behaviour("G-05")
def test_somebody_held_is_created_only_after_the_answer(hanna: Client, reviewed: Reviewed) -> None:
    row = single(reviewed, "Eva Ek", hold_reason=QUESTION)
    assert QUESTION in tick_by_hand(hanna, reviewed, row, only=row.pk)
    assert decision(row) == SyncRow.Decision.OPEN

    press(hanna, hanna.get(reviewed.address("missing")), "somebody_else")

    row.refresh_from_db()
    assert row.hold_reason == ""
    tick(hanna, reviewed, row)
    assert decision(row) == SyncRow.Decision.CREATE


@pytest.mark.behaviour("D-08")
def test_whoever_shares_a_national_id_is_created_only_once_somebody_says_that_it_is_somebody_else(
    sign_in: SignIn, reviewed: Reviewed
) -> None:
    question = "Same national ID in the hub as Bo Berg."
    row = single(reviewed, "Eva Ek", hold_reason=question, options={"same_id": ["7"]})
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    page = tick_by_hand(hanna, reviewed, row, many="all")
    assert decision(row) == SyncRow.Decision.OPEN
    assert (question in page, "Somebody else" in page, "This is the same person" in page) == (True, True, False)

    opened = hanna.get(reviewed.address("missing"))
    press(henrik, henrik.get(reviewed.address("missing")), "somebody_else")
    again = press(hanna, opened, "somebody_else", follow=True)

    assert "answered already" in text_of(again)
    tick(hanna, reviewed, row)
    assert decision(row) == SyncRow.Decision.CREATE


@pytest.mark.behaviour("G-05")
@pytest.mark.parametrize(("many", "ticked"), [("page", 50), ("all", 55)])
def test_a_page_or_the_whole_list_is_ticked_at_once(hanna: Client, reviewed: Reviewed, many: str, ticked: int) -> None:
    for number in range(55):
        single(reviewed, f"Eva Ek{number}")
    other = reviewed.row(Kind.ONLY_RIGHT, "Bo Berg", right_id="12")

    press(hanna, hanna.get(reviewed.address("missing")), f"many={many}")
    assert SyncRow.objects.filter(decision=SyncRow.Decision.CREATE).count() == ticked
    assert decision(other) == SyncRow.Decision.OPEN

    press(hanna, hanna.get(reviewed.address("missing")), "Tick nobody")
    assert not SyncRow.objects.filter(decision=SyncRow.Decision.CREATE).exists()


def test_all_of_a_search_are_ticked_and_nobody_else(hanna: Client, reviewed: Reviewed) -> None:
    eva, bo = single(reviewed, "Eva Ek"), single(reviewed, "Bo Berg")

    press(hanna, hanna.get(reviewed.address("missing", query="name=eva")), "many=all")

    assert (decision(eva), decision(bo)) == (SyncRow.Decision.CREATE, SyncRow.Decision.OPEN)


@pytest.mark.behaviour("G-05")
def test_ended_people_are_compared_when_somebody_asks_for_them(hanna: Client, reviewed: Reviewed) -> None:
    assert "left out (2 people)" in text_of(hanna.get(reviewed.address("missing")))

    answer = press(hanna, hanna.get(reviewed.address("missing")), "compare")

    newer = SyncRun.objects.latest("pk")
    assert (newer.options, newer.state) == ({"include_ended": True}, SyncRun.State.QUEUED)
    assert str(newer.pk) in answer.headers["Location"]


@pytest.mark.behaviour("G-05")
def test_a_page_says_what_creating_sends(hanna: Client, reviewed: Reviewed) -> None:
    employee = reviewed.employee("Eva Ek", employment_id="E-1")
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=employee)

    values = {str(line.label): line for line in hanna.get(reviewed.address("creation", row.pk)).context["values"]}

    assert (values["Work e-mail"].value, values["Work e-mail"].reason) == (employee.work_email, "")
    assert "never sent to it" in values["Employment ID"].reason


@pytest.mark.behaviour("G-18")
def test_of_a_protected_person_neither_address_nor_phone_is_sent(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=reviewed.employee("Eva Ek", protected_identity=True))

    values = hanna.get(reviewed.address("creation", row.pk)).context["values"]

    kept_back = [str(line.label) for line in values if "protected identity" in line.reason]
    assert kept_back == ["Work phone", "Address"]


def test_of_somebody_at_the_vendor_the_values_that_were_read_are_shown(hanna: Client, reviewed: Reviewed) -> None:
    values = {"work_email": "bo@demo.example", "given_name": "Bo", "family_name": "Berg"}
    row = reviewed.row(Kind.ONLY_RIGHT, "Bo Berg", right_id="12", options={"values": values})
    unread = reviewed.row(Kind.ONLY_RIGHT, "Li Lund", right_id="13")

    assert "bo@demo.example" in text_of(hanna.get(reviewed.address("creation", row.pk)))
    assert "The values are read when the person is created." in text_of(
        hanna.get(reviewed.address("creation", unread.pk))
    )


@pytest.mark.behaviour("G-05")
def test_settings_of_one_new_person_are_kept_where_they_differ(hanna: Client, reviewed: Reviewed) -> None:
    row = single(reviewed, "Eva Ek")
    chosen = {"employment_form": "TID", "salary_form": "MAN", "personnel_type": "TJM", "schedule_id": "HEL"}

    press(hanna, hanna.get(reviewed.address("creation", row.pk)), "Save", chosen)

    row.refresh_from_db()
    assert row.options == {"settings": {"employment_form": "TID", "schedule_id": "HEL"}}


def test_settings_that_do_not_exist_are_not_kept(hanna: Client, reviewed: Reviewed) -> None:
    row = single(reviewed, "Eva Ek")

    answer = hanna.post(reviewed.address("creation", row.pk), {"version": row.version, "employment_form": "X"})

    row.refresh_from_db()
    assert (answer.status_code, row.options) == (200, {})
    assert "X is not one of the available choices" in text_of(answer)
