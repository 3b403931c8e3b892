"""What is edited in the hub reaches the vendor by itself, and nothing else does (G-07)."""

import pytest

from employees.models import BankAccount, Employee
from integrations.core.models import Connection, Delivery, Mark
from integrations.core.push.settling import PushSettler
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    apply_all,
    assert_in_step,
    change,
    decide,
    pair_of,
    review,
    row_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.behaviour("G-07")
def test_an_edited_field_reaches_the_vendor_alone(both: Pushed) -> None:
    employee = both.pair_active()

    change(employee, work_phone=PHONE)
    both.push()

    assert both.sent() == [{"Phone1": PHONE}]
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.marks() == []
    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    assert_in_step(both.connection, 1)


def test_the_vendors_record_is_read_before_it_is_written(both: Pushed) -> None:
    employee = both.pair_active()

    change(employee, work_phone=PHONE)
    both.push()

    assert [(call["method"], call["status"]) for call in both.sandbox.calls(path="/3/employees/")] == [
        ("GET", 200),
        ("PUT", 200),
    ]


@pytest.mark.behaviour("G-12")
def test_what_is_overwritten_is_kept_on_record(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", Phone1="0701740606")

    change(employee, work_phone=PHONE)
    both.push()

    assert both.sent_changes(employee) == [("phone", OTHER_PHONE, PHONE)]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.before) == (Delivery.State.DONE, {"phone": OTHER_PHONE})


@pytest.mark.behaviour("G-07")
def test_what_changed_at_the_vendor_stays_there_and_stays_out_of_the_hub(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", City="Umeå")

    change(employee, work_phone=PHONE)
    both.push()

    assert both.at_vendor("101")["City"] == "Umeå"
    employee.refresh_from_db()
    assert employee.city == "Stockholm"
    # The next synchronisation shows it as the vendor's change.
    field = row_of(review(both.connection)).fields.get()
    assert (field.field, field.change, field.decision) == ("address", "right", RIGHT)


@pytest.mark.behaviour("G-07")
def test_nothing_is_sent_before_the_first_synchronisation_is_confirmed(both: Pushed) -> None:
    employee = both.pair(1)
    change(employee, work_phone=PHONE)
    both.push()
    run = review(both.connection)
    change(employee, city="Umeå")
    both.push()
    assert both.writes() == []

    decide(row_of(run), phone=LEFT)
    apply_all(run)
    both.push()

    # What was edited after the comparison follows as soon as it has been confirmed.
    assert both.sent()[0] == {"Phone1": PHONE}
    assert both.at_vendor("101")["City"] == "Umeå"
    assert_in_step(both.connection, 1)


def test_a_conflict_that_was_left_undecided_is_not_sent_by_another_edit(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Phone1": "0709999999"})

    change(employee, city="Umeå")
    both.push()

    assert [set(body) for body in both.sent()] == [{"Address1", "PostCode", "City", "Country"}]
    assert both.at_vendor("101")["Phone1"] == "0709999999"


@pytest.mark.behaviour("G-07")
def test_editing_a_field_in_conflict_settles_it_towards_the_vendor(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Phone1": "0709999999"})

    change(employee, work_phone=PHONE)
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.sent_changes(employee) == [("phone", "+46709999999", PHONE)]
    assert_in_step(both.connection, 1)


def test_a_field_that_both_sides_changed_goes_to_the_vendor_when_it_is_edited_in_the_hub(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", FirstName="Anna-Karin")

    change(employee, given_name="Anna")
    both.push()

    assert both.at_vendor("101")["FirstName"] == "Anna"
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-07")
def test_quick_edits_become_one_write_of_the_last_value(both: Pushed) -> None:
    employee = both.pair_active()

    for phone in (PHONE, "+46709999999", OTHER_PHONE):
        change(employee, work_phone=phone)
    both.push()

    assert both.sent() == [{"Phone1": OTHER_PHONE}]


def test_an_edit_that_was_taken_back_needs_no_call(both: Pushed) -> None:
    employee = both.pair_active()
    before = employee.work_phone

    change(employee, work_phone=PHONE)
    change(employee, work_phone=before)
    both.push()

    assert both.sandbox.calls(path="/3/employees") == []
    assert both.marks() == []


def test_a_value_that_the_vendor_holds_already_is_not_written_again(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", Phone1="070-174 06 05")

    change(employee, work_phone=PHONE)
    both.push()

    assert both.writes() == []
    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    assert both.marks() == []


def test_what_a_synchronisation_brought_does_not_echo(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", LastName="Ek")
    run = review(both.connection)
    apply_all(run)

    both.push()

    employee.refresh_from_db()
    assert (employee.family_name, both.writes(), both.marks()) == ("Ek", [], [])


@pytest.mark.behaviour("FX-07")
def test_an_employment_id_is_never_sent(both: Pushed) -> None:
    employee = both.pair_active()

    change(employee, employment_id="HUB-7")
    both.push()

    assert both.sandbox.calls(path="/3/employees") == []
    assert both.marks() == []


@pytest.mark.behaviour("FX-09")
def test_a_field_that_cannot_go_is_told_and_the_rest_goes(both: Pushed) -> None:
    employee = both.pair_active()
    BankAccount.objects.model(
        employee=employee, country="NO", account_number="86011117947", iban="NO9386011117947"
    ).save()

    change(employee, work_phone=PHONE)
    both.push()

    assert both.sent() == [{"Phone1": PHONE}]
    problem = both.problem()
    assert (problem.cause, problem.state, problem.label) == ("field:bank_account", "open", "Given 1 Family 1")
    assert "Swedish" in problem.message
    assert both.marks() == []

    account = BankAccount.objects.get(employee=employee)
    account.country, account.clearing_number, account.account_number, account.iban = "SE", "5439", "0000004", ""
    account.full_clean()
    account.save()
    both.push()

    assert both.at_vendor("101")["BankAccountNo"] == "0000004"
    assert both.problem().state == "solved"


@pytest.mark.behaviour("G-18")
def test_a_protected_address_is_not_sent_and_is_no_problem(both: Pushed) -> None:
    employee = both.pair_active(protected_identity=True)

    change(employee, city="Umeå", given_name="Anna")
    both.push()

    assert both.sent() == [{"FirstName": "Anna"}]
    assert both.problems() == []


def test_a_required_field_is_not_emptied_at_the_vendor(both: Pushed) -> None:
    employee = both.pair_active()

    change(employee, work_email="")
    both.push()

    assert both.writes() == []
    assert both.problem().cause == "field:work_email"

    change(employee, work_email="p1@demo.example")
    both.push()
    assert both.problem().state == "solved"


def test_an_edit_during_the_call_is_sent_after_it(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.pair_active()
    settle = PushSettler.settle_updated

    def edit_before_settling(self: PushSettler, *arguments: object) -> None:
        monkeypatch.setattr(PushSettler, "settle_updated", settle)
        change(employee, work_phone=OTHER_PHONE)
        settle(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(PushSettler, "settle_updated", edit_before_settling)
    change(employee, work_phone=PHONE)
    both.push()

    assert both.sent() == [{"Phone1": PHONE}, {"Phone1": OTHER_PHONE}]
    assert both.marks() == []
    assert_in_step(both.connection, 1)


def test_a_bank_account_that_is_removed_is_emptied_at_the_vendor(both: Pushed) -> None:
    employee = both.pair(1, vendor={"ClearingNo": "5439", "BankAccountNo": "0000004"})
    BankAccount.objects.model(employee=employee, country="SE", clearing_number="5439", account_number="0000004").save()
    both.activate()

    BankAccount.objects.get(employee=employee).delete()
    both.push()

    assert (both.at_vendor("101")["ClearingNo"], both.at_vendor("101")["BankAccountNo"]) == ("", "")


def test_people_who_are_not_at_the_vendor_are_not_created(both: Pushed) -> None:
    both.activate()

    both.hub(2)
    both.push()

    assert both.sandbox.calls(path="/3/employees") == []
    assert both.marks() == []


def test_somebody_deleted_from_the_hub_leaves_no_mark(both: Pushed) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)

    Employee.objects.get(pk=employee.pk).delete()
    both.push()

    assert (both.writes(), both.marks()) == ([], [])


def test_a_persons_own_edit_goes_before_a_change_of_many(both: Pushed) -> None:
    people = [both.pair(number) for number in range(1, 5)]
    both.activate()
    for person in people[:3]:
        change(person, work_phone=f"+4670999000{person.pk % 10}")
    Mark.objects.update(priority=Mark.Priority.BULK)

    change(people[3], work_phone=PHONE)
    both.push()

    assert both.sent()[0] == {"Phone1": PHONE}
    assert len(both.sent()) == 4


def test_without_bulk_only_peoples_own_edits_go(both: Pushed) -> None:
    first, second = both.pair(1), both.pair(2)
    both.activate()
    change(first, work_phone=OTHER_PHONE)
    Mark.objects.update(priority=Mark.Priority.BULK)
    change(second, work_phone=PHONE)

    both.push(bulk=False)
    assert both.sent() == [{"Phone1": PHONE}]

    both.push(bulk=True)
    assert both.sent()[1:] == [{"Phone1": OTHER_PHONE}]


def test_only_an_active_connection_sends(both: Pushed) -> None:
    employee = both.pair_active()
    Connection.objects.update(state=Connection.State.PAUSED)
    change(employee, work_phone=PHONE)
    both.push()
    assert (both.writes(), both.waiting()) == ([], 1)

    Connection.objects.update(state=Connection.State.ACTIVE)
    both.push()
    assert both.sent() == [{"Phone1": PHONE}]
