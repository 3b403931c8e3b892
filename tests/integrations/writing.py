"""Another writing of a value is no other value, and what cannot be is not taken over, whatever the vendor."""

import unicodedata
from datetime import date
from typing import Any

import pytest

from integrations.core.kinds import Address
from integrations.core.models import SyncRow
from integrations.core.runs.deciding import RunRefused
from tests.core.runs.both_sides import OPEN, RIGHT, apply_all, assert_in_step, create_all, decide, review, row_of
from tests.integrations.base import Contract
from tests.integrations.stage import Stage
from tests.integrations.synchronising import changed_elsewhere

# Of every field that a vendor may have: a value of the hub, and the same in the vendor's writing.
WRITINGS: dict[str, tuple[Any, Any]] = {
    "given_name": ("Åsa Maria", unicodedata.normalize("NFD", "Åsa  Maria")),
    "family_name": ("Öberg-Li", "O\u0308berg\u2011Li\u200b"),
    "work_email": ("anna@företag.example", "Anna@xn--fretag-wxa.example"),
    "address": (
        Address("Malmövägen 1", "17230", "Håbo", "SE"),
        Address("Malmo\u0308va\u0308gen  1\u00ad", "17230", "HÅBO", "SE"),
    ),
    "employment_id": ("Å-7", "A\u030a\u20107"),
}
IMPOSSIBLE = {"first_workday": date(204, 1, 15), "last_workday": date(2999, 12, 31)}


class WritingContract(Contract):
    @pytest.mark.behaviour("D-01", "D-10", "G-10")
    def test_another_writing_is_in_step_and_writes_nothing(self, stage: Stage) -> None:
        employee, right_id, before = self._in_another_writing(stage)

        run = review(stage.connection)
        assert (run.counts["equal"], run.counts["rows"]) == (1, 0)
        apply_all(run)

        assert stage.driver.writes() == []
        assert (stage.driver.raw(right_id), stage.driver.ids()) == (before, [right_id])
        assert list(stage.company.employees.all()) == [employee]
        assert_in_step(stage.connection, 1)

    @pytest.mark.behaviour("D-01", "G-07")
    def test_another_writing_stays_when_something_else_is_sent(self, stage: Stage) -> None:
        employee, right_id, before = self._in_another_writing(stage)
        stage.activate()
        field = stage.driver.edited

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert stage.problems() == []
        assert changed_elsewhere(stage, before, stage.driver.raw(right_id)) == []
        assert len(stage.driver.writes()) == 1

    @pytest.mark.behaviour("D-02")
    def test_a_date_of_the_vendors_that_cannot_be_is_shown_and_not_taken(self, stage: Stage) -> None:
        employee, right_id = stage.add_active_pair()
        hub = stage.hub_values(employee)
        stage.driver.change(right_id, {**self._dates(stage), "first_workday": IMPOSSIBLE["first_workday"]})

        run = review(stage.connection)

        row = row_of(run, left=employee)
        (shown,) = row.fields.all()
        assert (shown.field, shown.decision) == ("first_workday", OPEN)
        assert "This day is before 1930" in shown.reason_left
        with pytest.raises(RunRefused):
            decide(row, first_workday=RIGHT)
        apply_all(run)
        assert stage.hub_values(employee) == hub

    @pytest.mark.behaviour("D-02", "G-05")
    def test_somebody_is_created_in_the_hub_without_dates_that_cannot_be(self, stage: Stage) -> None:
        stage.driver.add({**stage.driver.values(1), **IMPOSSIBLE})
        run = review(stage.connection)
        create_all(run)

        run = apply_all(run)

        employee = stage.company.employees.get()
        assert (employee.first_workday, employee.last_workday) == (None, None)
        row = row_of(run)
        assert row.state == SyncRow.State.WRITTEN
        assert "This day is before 1930" in row.reason
        assert "50 years ahead" in row.reason

    @pytest.mark.behaviour("D-11", "G-05")
    def test_a_name_of_the_vendors_that_lost_letters_is_not_taken(self, stage: Stage) -> None:
        employee, right_id = stage.add_pair(1, vendor={"given_name": "Bj\ufffdrn"}, hub={"given_name": "Björn"})
        lost = stage.driver.add({**stage.driver.values(2), "given_name": "\ufffdsa"})
        run = review(stage.connection)
        assert "Letters of this text were lost" in row_of(run, left=employee).fields.get().reason_left
        assert row_of(run, right_id=lost).kind == SyncRow.Kind.CANNOT_SEND
        create_all(run)
        apply_all(run)
        assert list(stage.company.employees.values_list("given_name", flat=True)) == ["Björn"]

        names = {name: stage.driver.values(1)[name] for name in ("given_name", "family_name")}
        stage.driver.change(right_id, {**names, "given_name": "Björn"})
        stage.driver.remove(lost)
        assert_in_step(stage.connection, 1)

    def _in_another_writing(self, stage: Stage) -> tuple[Any, str, dict[str, Any]]:
        """Return a person on both sides whose values at the vendor are written otherwise, and what stands there."""
        own = stage.driver.values(1)
        mine = {name: values for name, values in WRITINGS.items() if name in own}
        hub = {name: values[0] for name, values in mine.items()}
        employee, right_id = stage.add_pair(1, hub=hub, vendor={name: values[1] for name, values in mine.items()})
        return employee, right_id, stage.driver.raw(right_id)

    def _dates(self, stage: Stage) -> dict[str, Any]:
        return {name: stage.driver.values(1)[name] for name in IMPOSSIBLE}
