"""A list that is never right keeps nobody's edit waiting, and whom it concerns is told (G-24, G-33)."""

import time
from datetime import timedelta
from typing import Any

import pytest

from integrations.core.models import Connection, Delivery
from integrations.core.problems import LIST_UNSOUND
from integrations.core.push import creating
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import OTHER_PHONE, change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-24", "G-33")]
LOST = {"action": "drop_after", "method": "POST", "path": "/3/employees"}
THE_LIST = {"method": "GET", "path": r"/3/employees\?", "every": True}
WRONG_TOTAL = {**THE_LIST, "action": "wrong_total"}
OUT_OF_ORDER = {**THE_LIST, "action": "refuse", "status": 503}


@pytest.fixture
def both(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> Pushed:
    monkeypatch.setattr(creating, "LIST_PAUSE", timedelta(seconds=2))
    return both


@pytest.mark.parametrize(("wrong", "told"), [(WRONG_TOTAL, 1), (OUT_OF_ORDER, 0)], ids=["wrong total", "out of order"])
def test_edits_go_while_a_lost_creation_cannot_be_looked_up(both: Pushed, wrong: dict[str, Any], told: int) -> None:
    edited = both.pair_active(1)
    Connection.objects.update(creates_by_itself=True)
    both.sandbox.faults([LOST])
    both.hub(2)
    both.push()
    both.sandbox.faults([wrong])
    Delivery.objects.update(settle_until="2026-01-01T00:00Z")
    change(edited, work_phone=OTHER_PHONE)

    until = time.monotonic() + 30
    while both.at_vendor("101")["Phone1"] != OTHER_PHONE:
        assert time.monotonic() < until
        both.push()

    assert len(both.problems(cause=LIST_UNSOUND)) == told

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]
    assert both.problems(state="open") == []


def test_whoever_cannot_be_created_by_a_list_that_is_not_right_is_told_and_created_once_it_is(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    both.sandbox.faults([WRONG_TOTAL])
    both.hub(2)

    both.push()

    (problem,) = both.problems()
    assert (problem.cause, problem.message) == (LIST_UNSOUND, "The other system's list does not add up.")
    assert both.emails_at_vendor() == []

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert both.emails_at_vendor() == ["p2@demo.example"]
    assert both.problems(state="open") == []
