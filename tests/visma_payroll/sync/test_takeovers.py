"""An address that somebody takes over from a person who has left: emptied at Visma first, as a job (D-10)."""

from datetime import date

import pytest
from django.db import transaction

from employees.models import Employee
from integrations.core.models import Connection, Problem
from tests.sandbox.visma_caller import POSITION
from tests.visma_payroll.sync.sides import VismaSides, change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("D-10")]
LEFT_ON = date(2021, 1, 31)
ADDRESS = "p1@demo.example"


@pytest.fixture
def leaver(both: VismaSides) -> Employee:
    position = {**POSITION, "startDate": "2020-01-01", "endDate": LEFT_ON.isoformat()}
    leaver, _right_id = both.pair(1, last_workday=LEFT_ON, vendor={"positions": [position]})
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    return leaver


def take_over(both: VismaSides, leaver: Employee) -> Employee:
    with transaction.atomic():
        change(leaver, work_email="")
        return both.hub(2, work_email=ADDRESS)


def test_the_new_person_is_created_after_the_job_that_empties_the_leavers_address(
    both: VismaSides, leaver: Employee
) -> None:
    take_over(both, leaver)
    both.push_until_sent()

    first, second = [body for body in both.bodies() if "emails" in body][:2]
    assert not first["emails"]
    assert second["emails"] == [{"type": "Business", "address": ADDRESS}]
    assert both.problems() == []


def test_a_job_that_fails_keeps_the_new_person_back_until_it_is_tried_again(both: VismaSides, leaver: Employee) -> None:
    both.jobs_end(ends="fails", message="Ikke nå.")
    new = take_over(both, leaver)
    both.push_until_sent()

    assert len(both.bodies()) == 1
    assert Problem.objects.get(left_id=str(new.pk)).cause == "address_taken"

    change(leaver, city="Bergen")
    both.push_until_sent()

    assert both.problems(state=Problem.State.OPEN) == []
    assert both.bodies()[-1]["emails"] == [{"type": "Business", "address": ADDRESS}]
