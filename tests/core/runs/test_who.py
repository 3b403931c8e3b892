"""Who started a run, who decided on each field, and who confirmed are three people in what it leaves behind (G-22)."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from employees.models import Employee
from integrations.core.models import Connection, FieldChange, SyncField, SyncRow, SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciders import confirmed_by, decided_by, started_by
from integrations.core.runs.deciding import approve_run, decide_creations, decide_field, decide_row, start_run
from integrations.core.runs.ending import recipients_of
from integrations.core.runs.operating import decide as decide_by_command
from integrations.core.runs.reviewing import decide_selection, open_fields
from tests.core.runs.both_sides import LEAVE, LEFT, OTHER_PHONE, RIGHT, BothSides, finish, row_of
from tests.core.runs.test_hub_batches import in_batches, row_by_row

pytestmark = pytest.mark.behaviour("G-22")
Users = Callable[[str], User]


@pytest.fixture
def user(db: None) -> Users:
    def named(name: str) -> User:
        found = User.objects.filter(username=name).first()
        return found or User.objects.create_user(name, f"{name}@demo.example", first_name=name.capitalize())

    return named


def start(connection: Connection, by: User | None, trigger: str = SyncRun.Trigger.PERSON) -> SyncRun:
    run = start_run(connection=connection, trigger=trigger, by=by)
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (SyncRun.State.REVIEW, "")
    return run


def confirm(run: SyncRun, by: User | None) -> SyncRun:
    approve_run(run=run, by=by, made_from=None)
    run.refresh_from_db()
    return finish(run)


def decide(row: SyncRow, by: User, **decisions: str) -> None:
    for name, decision in decisions.items():
        decide_field(field=row.fields.get(field=name), decision=decision, by=by)


def told(run: SyncRun, employee: Employee, *, at_vendor: bool) -> dict[str, str]:
    """Return whom the history names, by field."""
    changes = FieldChange.objects.filter(run=run, subject_id=str(employee.pk), connection__isnull=not at_vendor)
    return {change.field: change.user.username if change.user else "" for change in changes}


@pytest.mark.parametrize("written", [row_by_row, in_batches])
def test_the_history_names_who_decided_on_that_very_field(
    connection: Connection,
    both: BothSides,
    user: Users,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[pytest.MonkeyPatch], None],
) -> None:
    written(monkeypatch)
    account = {"ClearingNo": "8327-9", "BankAccountNo": "3 933 190 00-5"}
    mixed, hub_only = (
        both.pair(number, vendor={"FirstName": f"Vera {number}", "LastName": f"Vendor {number}", **account, **phone})
        for number, phone in ((1, {"Phone1": "0701750001"}), (2, {"Phone1": "0701750002"}))
    )
    run = start(connection, user("sara"))
    for employee in (mixed, hub_only):
        decide(row_of(run, left=employee), user("anna"), given_name=RIGHT, bank_account=RIGHT)
        decide(row_of(run, left=employee), user("bo"), family_name=RIGHT, phone=LEFT if employee == mixed else RIGHT)

    confirm(run, user("carl"))

    taken = {"given_name": "anna", "bank_account.*": "anna", "family_name": "bo"}
    assert told(run, mixed, at_vendor=False) == taken
    assert told(run, mixed, at_vendor=True) == {"phone": "bo"}
    assert told(run, hub_only, at_vendor=False) == {**taken, "work_phone": "bo"}


@pytest.mark.parametrize("written", [row_by_row, in_batches])
def test_whoever_is_created_is_theirs_who_ticked_them(
    connection: Connection,
    both: BothSides,
    user: Users,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[pytest.MonkeyPatch], None],
) -> None:
    written(monkeypatch)
    there = both.hub(1)
    right_ids = [both.vendor(number) for number in (2, 3)]
    run = start(connection, user("sara"))
    decide_row(row=row_of(run, left=there), decision=SyncRow.Decision.CREATE, by=user("anna"))
    for right_id, name in zip(right_ids, ("bo", "anna"), strict=True):
        decide_row(row=row_of(run, right_id=right_id), decision=SyncRow.Decision.CREATE, by=user(name))

    confirm(run, user("carl"))

    assert set(told(run, there, at_vendor=True).values()) == {"anna"}
    # What the vendor assigned was taken over because of that tick.
    assert told(run, there, at_vendor=False) == {"employment_id": "anna"}
    created = {each.given_name: each for each in Employee.objects.exclude(pk=there.pk)}
    assert set(told(run, created["Given 2"], at_vendor=False).values()) == {"bo"}
    assert set(told(run, created["Given 3"], at_vendor=False).values()) == {"anna"}


def test_what_the_rule_chose_and_nobody_touched_is_theirs_who_confirmed(
    connection: Connection, both: BothSides, user: Users
) -> None:
    by_rule, touched = both.pair(1), both.pair(2)
    confirm(start(connection, user("sara")), user("carl"))
    for number in ("101", "102"):
        both.change_at_vendor(number, Phone1=OTHER_PHONE)
    run = start(connection, user("sara"))
    decide(row_of(run, left=touched), user("anna"), phone=RIGHT)

    confirm(run, user("carl"))

    assert told(run, by_rule, at_vendor=False) == {"work_phone": "carl"}
    assert told(run, touched, at_vendor=False) == {"work_phone": "anna"}
    (field,) = row_of(run, left=by_rule).fields.all()
    assert decided_by(field, run) == "the rule"


def test_a_decision_that_is_carried_over_stays_theirs_who_made_it(
    connection: Connection, both: BothSides, user: Users
) -> None:
    employee = both.pair(1, vendor={"FirstName": "Vera"}, work_phone=OTHER_PHONE)
    old = start(connection, user("sara"))
    decide(row_of(old, left=employee), user("anna"), phone=LEFT)
    decide(row_of(old, left=employee), user("bo"), given_name=LEAVE)

    run = start(connection, user("carl"))

    fields = {field.field: decided_by(field, run) for field in row_of(run, left=employee).fields.all()}
    assert (fields["phone"], fields["given_name"]) == ("Anna", "Bo")
    confirm(run, user("carl"))
    assert told(run, employee, at_vendor=True) == {"phone": "anna"}


def test_the_report_names_the_three_apart_and_goes_to_whoever_confirmed_too(
    connection: Connection, both: BothSides, user: Users
) -> None:
    employee = both.pair(1, vendor={"FirstName": "Vera"}, work_phone=OTHER_PHONE)
    run = start(connection, user("sara"))
    decide(row_of(run, left=employee), user("anna"), phone=LEFT)
    decide(row_of(run, left=employee), user("bo"), given_name=RIGHT)

    run = confirm(run, user("carl"))

    report = build_report(run=run)
    assert (report.started_by, report.confirmed_by) == ("Sara", "Carl")
    text = report_text(report)
    assert "(Sara)" in text
    assert "(Carl)" in text
    assert "Decided by Anna: Work phone" in text
    assert "Decided by Bo: Given name" in text
    assert {"sara@demo.example", "carl@demo.example"} <= set(recipients_of(run))


def test_a_run_of_the_operators_command_says_so(connection: Connection, both: BothSides, user: Users) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    created = both.hub(2)
    run = start(connection, None, SyncRun.Trigger.OPERATOR)
    decide_by_command(run=run, accept="hub", create="vendor")

    run = confirm(run, None)

    command = "The operator's command"
    (field,) = row_of(run, left=employee).fields.filter(field="phone")
    assert (started_by(run), confirmed_by(run), decided_by(field, run)) == (command, command, command)
    assert decided_by(row_of(run, left=created), run) == command
    assert told(run, employee, at_vendor=True) == {"phone": ""}
    assert f"Decided by: {command}" in report_text(build_report(run=run))


def test_what_a_person_decided_of_the_commands_comparison_is_theirs(
    connection: Connection, both: BothSides, user: Users
) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    run = start(connection, None, SyncRun.Trigger.OPERATOR)
    decide(row_of(run, left=employee), user("anna"), phone=LEFT)

    run = confirm(run, user("carl"))

    assert (started_by(run), confirmed_by(run)) == ("The operator's command", "Carl")
    assert told(run, employee, at_vendor=True) == {"phone": "anna"}


def test_ten_thousand_fields_are_decided_by_one_update(
    connection: Connection, both: BothSides, user: Users, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, 6):
        both.pair(number, vendor={"FirstName": f"Vera {number}"})
    run = start(connection, user("sara"))

    with django_assert_max_num_queries(8):
        decide_selection(run=run, fields=open_fields(run), decision=LEFT, by=user("sara"))

    assert {field.decided_by for field in SyncField.objects.filter(row__run=run)} == {user("sara")}
    assert decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None) == 0
