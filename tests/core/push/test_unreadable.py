"""The push beside a record that cannot be read: told, held, nobody created twice; everybody else's edits go."""

import pytest

from integrations.core.models import Connection, Problem
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, change, review

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-23")]
UNREAD = {"DatedSchedules": [None], "ScheduleId": ""}
READ = {"DatedSchedules": [], "ScheduleId": "HEL"}


def test_an_edit_of_one_who_cannot_be_read_waits_and_the_others_go(both: Pushed) -> None:
    odd, other = both.pair(1), both.pair(2)
    both.activate()
    both.change_at_vendor("101", **UNREAD)
    change(odd, work_phone=PHONE)
    change(other, city="Lund")

    both.push()

    assert both.at_vendor("102")["City"] == "Lund"
    assert "working-time schedules" in both.problem().message
    assert both.marks() == [(str(odd.pk), "problem")]

    both.change_at_vendor("101", **READ)
    review(both.connection)
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert not Problem.objects.filter(state="open").exists()


@pytest.mark.parametrize("values", [UNREAD, {**UNREAD, "Email": "other@demo.example", "Phone1": ""}])
def test_nobody_is_created_who_may_be_one_who_cannot_be_read(both: Pushed, values: dict[str, str]) -> None:
    both.activate()
    both.vendor(2, **values)
    Connection.objects.update(creates_by_itself=True)

    both.hub(2)
    both.push()

    assert both.sent() == []
    assert "may be the same person" in both.problem().message
    assert "working-time schedules" in both.problem().message


def test_somebody_else_is_created_beside_one_who_cannot_be_read(both: Pushed) -> None:
    both.activate()
    both.vendor(2, **UNREAD)
    Connection.objects.update(creates_by_itself=True)

    both.hub(3)
    both.push()

    assert [body["Email"] for body in both.sent()] == ["p3@demo.example"]
