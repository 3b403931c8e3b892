"""Before anything is written, the page says what will be, and where (G-04)."""

from typing import Any

import pytest
from django.test import Client

from employees.labels import label_of
from employees.models import Employee
from integrations.core.models import Connection, SyncField, SyncRow, SyncRun
from integrations.core.runs.summing_up import sum_up
from tests.core.admin.pages import text_of
from tests.core.review.filling import Reviewed
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Decision, Kind = SyncField.Decision, SyncRow.Kind


def decided(reviewed: Reviewed) -> None:
    left, right = {"decision": Decision.LEFT}, {"decision": Decision.RIGHT}
    reviewed.conflict("Eva Ek", "7", phone=left, work_email=left, given_name=right)
    reviewed.conflict("Bo Berg", "8", phone={**left, "left": None}, work_email={"decision": Decision.LEAVE})
    reviewed.conflict("Li Lund", "9")
    reviewed.row(Kind.ONLY_LEFT, "New Here", left=reviewed.employee("New Here"), decision=SyncRow.Decision.CREATE)
    reviewed.row(Kind.ONLY_RIGHT, "New There", right_id="12", decision=SyncRow.Decision.CREATE)
    reviewed.row(Kind.ONLY_RIGHT, "Not Ticked", right_id="13")
    reviewed.row(Kind.AMBIGUOUS, "Who Knows", right_id="14")


@pytest.mark.behaviour("G-04")
def test_it_counts_what_goes_where(reviewed: Reviewed) -> None:
    decided(reviewed)

    summary = sum_up(reviewed.run)

    assert (summary.to_right.fields, summary.to_right.people, summary.to_right.emptied) == (3, 2, 1)
    assert (summary.to_left.fields, summary.to_left.people) == (1, 1)
    assert (summary.leave.fields, summary.undecided.fields) == (1, 1)
    assert summary.create_right.names == (label_of(Employee.objects.get(given_name="New")),)
    assert summary.create_left.names == ("New There (number there: 12)",)
    assert (summary.unclear, summary.not_created, summary.vendor_writes) == (1, 1, 3)


@pytest.mark.behaviour("G-04")
def test_the_page_says_it_in_words(hanna: Client, reviewed: Reviewed) -> None:
    decided(reviewed)

    page = " ".join(text_of(hanna.get(reviewed.address("confirm"))).split())

    for text in ("3 fields of 2 people", "1 field of 1 person", "1 new person: New Here", "1 value is emptied"):
        assert text in page


@pytest.mark.behaviour("G-04")
def test_confirming_approves_what_is_decided_and_leaves_the_rest_open(hanna: Client, reviewed: Reviewed) -> None:
    decided(reviewed)
    assert SyncRun.objects.get().state == SyncRun.State.REVIEW

    press(hanna, hanna.get(reviewed.address("confirm")), "Synchronise users")

    assert SyncRun.objects.get().state == SyncRun.State.APPROVED
    states = dict(SyncRow.objects.values_list("label", "state"))
    assert {name for name, state in states.items() if state == "approved"} == {
        "Eva Ek",
        "Bo Berg",
        "New Here",
        "New There",
    }


@pytest.mark.behaviour("G-04")
@pytest.mark.behaviour("G-34")
def test_what_nobody_decided_holds_nothing_up_and_the_page_says_that_it_is_not_written(
    hanna: Client, reviewed: Reviewed
) -> None:
    row = reviewed.conflict("Li Lund", "9")

    page = hanna.get(reviewed.address("confirm"))
    assert "Nothing is written: whoever is left as is, undecided" in text_of(page)

    press(hanna, page, "Synchronise users")
    row.refresh_from_db()
    assert (SyncRun.objects.get().state, row.state) == (SyncRun.State.APPROVED, SyncRow.State.OPEN)


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"left": 5, "right": 5, "equal": 5}, "Everybody is matched, and nothing has to be written."),
        ({"left": 0, "right": 0, "equal": 0}, "There is nobody to keep in step yet, so nothing has to be written."),
        ({"left": 1, "right": 0, "equal": 0, "left_out": {"out_of_scope": 1}}, "There is nobody to keep in step"),
    ],
)
@pytest.mark.parametrize("state", [Connection.State.REVIEWING, Connection.State.ACTIVE])
def test_nothing_to_write_is_confirmed_like_anything_else(
    hanna: Client, reviewed: Reviewed, counts: dict[str, Any], words: str, state: str
) -> None:
    Connection.objects.update(state=state)
    SyncRun.objects.update(counts={"rows": 0, "left_out": {}, "complete": True, **counts})

    page = hanna.get(reviewed.address("confirm"))
    text = text_of(page)
    assert words in text
    assert ("goes to Fortnox by itself" in text) == (state == Connection.State.REVIEWING)

    press(hanna, page, "Synchronise users")
    assert SyncRun.objects.get().state == SyncRun.State.APPROVED


@pytest.mark.behaviour("G-34")
def test_what_was_compared_before_it_was_disconnected_is_compared_again(hanna: Client, reviewed: Reviewed) -> None:
    reviewed.conflict("Li Lund", "9", phone={"decision": Decision.LEFT})
    opened = hanna.get(reviewed.address("confirm"))
    Connection.objects.update(disconnected_after=reviewed.run.pk)

    told = text_of(press(hanna, opened, "Synchronise users", follow=True))
    assert "was made before “Fortnox Demo” was disconnected" in told
    assert SyncRun.objects.get().state == SyncRun.State.REVIEW

    press(hanna, hanna.get(reviewed.address("confirm")), "Compare again")
    assert SyncRun.objects.latest("pk").state == SyncRun.State.QUEUED


def test_a_change_of_most_people_is_warned_of(hanna: Client, reviewed: Reviewed) -> None:
    for number in range(20):
        reviewed.conflict(f"Eva Ek{number}", str(number), phone={"decision": Decision.LEFT})

    assert "More than half of the people" in text_of(hanna.get(reviewed.address("confirm")))
