"""Unclear people: shared values, several candidates, people gone; a person says who is who (G-10, G-16)."""

import pytest
from django.test import Client

from integrations.core.models import Link, SyncRow, SyncRun
from tests.core.admin.pages import text_of
from tests.core.review.filling import Reviewed, answer
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Kind, State = SyncRow.Kind, SyncRow.State


@pytest.mark.behaviour("FX-05")
def test_a_shared_value_says_with_whom_and_what_to_do(hanna: Client, reviewed: Reviewed) -> None:
    reason = "Work e-mail is also used by Bo Berg."
    reviewed.row(Kind.DUPLICATE, "Eva Ek", left=reviewed.employee("Eva Ek"), reason=reason)

    page = text_of(hanna.get(reviewed.address("unclear")))

    assert all(text in page for text in ("Eva Ek", reason, "correct the value"))


@pytest.mark.behaviour("FX-05")
def test_after_a_correction_both_systems_are_compared_again(hanna: Client, reviewed: Reviewed) -> None:
    compared = press(hanna, hanna.get(reviewed.address("unclear")), "Compare again")

    newer = SyncRun.objects.latest("pk")
    assert (newer.pk > reviewed.run.pk, newer.state) == (True, SyncRun.State.QUEUED)
    assert str(newer.pk) in compared.headers["Location"]


@pytest.mark.behaviour("G-10")
def test_candidates_stand_beside_whoever_may_be_any_of_them(hanna: Client, reviewed: Reviewed) -> None:
    eva = reviewed.employee("Eva Ek")
    reviewed.row(Kind.AMBIGUOUS, "Eva Ek", left=eva, reason="Could be any of several people: Eva E, Eva K.")
    for right_id, name in (("11", "Eva E"), ("12", "Eva K"), ("13", "Bo Berg")):
        reviewed.row(Kind.AMBIGUOUS, name, right_id=right_id, reason="Could be Eva Ek, and so could somebody else.")

    questions = hanna.get(reviewed.address("unclear", query="kind=ambiguous")).context["questions"]

    found = {question.row.label: [each.row.label for each in question.candidates] for question in questions}
    assert found["Eva Ek"] == ["Eva E", "Eva K"]
    assert found["Eva E"] == ["Eva Ek"]
    assert dict(questions[0].left.lines)["E-mail"] == eva.work_email


@pytest.mark.behaviour("G-16", "G-11")
def test_somebody_gone_is_disconnected(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.linked("Eva Ek", "7", kind=Kind.GONE, reason="Gone from the other system.")

    answer(hanna, reviewed, row, "Disconnect")

    row.refresh_from_db()
    assert (row.state, Link.objects.get().state) == (State.SKIPPED, Link.State.DISCONNECTED)


@pytest.mark.behaviour("G-16")
def test_somebody_gone_is_let_go_to_be_created_anew(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.linked("Eva Ek", "7", kind=Kind.GONE, reason="Gone from the other system.")

    page = text_of(answer(hanna, reviewed, row, "Let go, to create anew"))

    assert Link.objects.get().state == Link.State.GONE_RIGHT
    assert "the next comparison offers to create the person" in page


def test_whoever_is_left_for_now_can_be_taken_up_again(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.row(Kind.AMBIGUOUS, "Eva Ek", left=reviewed.employee("Eva Ek"))

    answer(hanna, reviewed, row, "Leave for now")
    row.refresh_from_db()
    assert row.decision == SyncRow.Decision.SKIP

    answer(hanna, reviewed, row, "Take up again")
    row.refresh_from_db()
    assert row.decision == SyncRow.Decision.OPEN


def test_an_answer_that_does_not_exist_changes_nothing(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.row(Kind.AMBIGUOUS, "Eva Ek", left=reviewed.employee("Eva Ek"))

    page = text_of(hanna.post(reviewed.address("unclear"), {"row": row.pk, "answer": "delete"}, follow=True))

    row.refresh_from_db()
    assert (row.version, "Choose what to do with Eva Ek (" in page) == (1, True)


@pytest.mark.parametrize(
    ("term", "found"), [("eva", ["Eva Eng"]), ("14", ["Bo Berg"]), ("", ["Eva Eng"]), ("nobody", [])]
)
def test_people_of_the_other_side_are_searched(hanna: Client, reviewed: Reviewed, term: str, found: list[str]) -> None:
    held = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=reviewed.employee("Eva Ek"), hold_reason="May be Eva Eng: …")
    reviewed.row(Kind.ONLY_RIGHT, "Eva Eng", right_id="13")
    reviewed.row(Kind.ONLY_RIGHT, "Bo Berg", right_id="14")
    reviewed.row(Kind.ONLY_LEFT, "Eva Alm", left=reviewed.employee("Eva Alm"))
    reviewed.conflict("Eva Linked", "15")

    candidates = hanna.get(reviewed.address("match", held.pk, query=f"name={term}")).context["candidates"]

    assert [each.row.label for each in candidates] == found


def test_people_of_the_hub_are_found_by_e_mail(hanna: Client, reviewed: Reviewed) -> None:
    there = reviewed.row(Kind.ONLY_RIGHT, "Eva Eng", right_id="13")
    employee = reviewed.employee("Eva Ek", work_email="unusual@demo.example")
    reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=employee)

    candidates = hanna.get(reviewed.address("match", there.pk, query="name=unusual")).context["candidates"]

    assert [each.row.label for each in candidates] == ["Eva Ek"]
