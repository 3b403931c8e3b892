"""What came of everybody, in words and in numbers that add up."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from integrations.core.models import FieldChange, SyncField, SyncRow, SyncRun
from integrations.core.report import Report, build_report, report_text
from integrations.core.report.contents import Person, Section
from integrations.core.report.outcomes import Outcome
from integrations.core.report.words import LEFT_OUT, WORDS
from tests.core.report.runs import Decision, Kind, State, add_row, count_rows, make_run
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db

# One row per outcome: kind, state, decisions per field.
ROWS: dict[Outcome, tuple[str, str, dict[str, str]]] = {
    Outcome.REFUSED: (Kind.DIFFERS, State.REFUSED, {"phone": Decision.LEFT}),
    Outcome.UNKNOWN: (Kind.ONLY_LEFT, State.UNKNOWN, {}),
    Outcome.MOVED: (Kind.DIFFERS, State.MOVED, {"phone": Decision.LEFT}),
    Outcome.DUPLICATE: (Kind.DUPLICATE, State.HELD, {}),
    Outcome.AMBIGUOUS: (Kind.AMBIGUOUS, State.HELD, {}),
    Outcome.HELD: (Kind.DIFFERS, State.HELD, {"phone": Decision.LEFT}),
    Outcome.GONE: (Kind.GONE, State.OPEN, {}),
    Outcome.CANNOT_SEND: (Kind.CANNOT_SEND, State.OPEN, {}),
    Outcome.UNDECIDED: (Kind.DIFFERS, State.OPEN, {"phone": Decision.OPEN}),
    Outcome.ONLY_LEFT: (Kind.ONLY_LEFT, State.OPEN, {}),
    Outcome.ONLY_RIGHT: (Kind.ONLY_RIGHT, State.OPEN, {}),
    Outcome.TO_BE_WRITTEN: (Kind.DIFFERS, State.APPROVED, {"phone": Decision.LEFT}),
    Outcome.SKIPPED: (Kind.DIFFERS, State.SKIPPED, {"phone": Decision.LEAVE}),
    Outcome.CREATED_RIGHT: (Kind.ONLY_LEFT, State.WRITTEN, {}),
    Outcome.CREATED_LEFT: (Kind.ONLY_RIGHT, State.WRITTEN, {}),
    Outcome.UPDATED_RIGHT: (Kind.DIFFERS, State.WRITTEN, {"phone": Decision.LEFT, "address": Decision.LEAVE}),
    Outcome.UPDATED_LEFT: (Kind.DIFFERS, State.WRITTEN, {"phone": Decision.RIGHT}),
    Outcome.UPDATED_BOTH: (Kind.DIFFERS, State.WRITTEN, {"phone": Decision.LEFT, "address": Decision.RIGHT}),
}


def add(run: SyncRun, outcome: Outcome) -> SyncRow:
    kind, state, decided = ROWS[outcome]
    return add_row(run, kind=kind, state=state, decided=decided)


def only_section(report: Report) -> Section:
    (section,) = report.sections
    return section


def only_person(run: SyncRun) -> Person:
    (person,) = only_section(build_report(run=count_rows(run))).people
    return person


# --- Numbers --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-06")
def test_one_row_of_every_end_is_counted_once_and_the_numbers_add_up() -> None:
    run = make_run()
    for outcome in ROWS:
        add(run, outcome)
    add_row(run, kind=Kind.ONLY_LEFT, state=State.OPEN, hold_reason="May be Bo Ek.")
    report = build_report(run=count_rows(run, equal=40, left_out={"ended": 3, "disconnected": 2}))
    assert report.numbers == dict.fromkeys((*ROWS, Outcome.MAYBE_SAME), 1)
    assert (report.seen, report.adds_up) == (40 + 3 + 2 + len(ROWS) + 1, True)


@pytest.mark.behaviour("G-19", "G-06")
def test_what_the_vendor_did_not_keep_is_an_end_of_its_own() -> None:
    run = make_run()
    row = add(run, Outcome.REFUSED)
    row.options, row.reason = {"not_kept": {"phone": "Work phone: kept."}}, "Work phone: kept."
    row.save()

    section = only_section(build_report(run=count_rows(run)))

    assert (section.outcome, section.people[0].reason) == (Outcome.NOT_KEPT, "Work phone: kept.")
    assert section.people[0].details == ("Meant for Fortnox: Work phone", "Decided by: the rule")


@pytest.mark.parametrize("outcome", ROWS)
def test_each_end_has_a_section_of_its_own(outcome: Outcome) -> None:
    run = make_run()
    row = add(run, outcome)
    section = only_section(build_report(run=count_rows(run)))
    assert (section.outcome, section.count) == (outcome, 1)
    assert [person.name.partition(" (")[0] for person in section.people] == [row.label]


def test_a_row_that_was_lost_is_said_loudly() -> None:
    run = make_run()
    add(run, Outcome.UNDECIDED)
    lost = add(run, Outcome.UPDATED_RIGHT)
    count_rows(run)
    lost.delete()
    report = build_report(run=run)
    assert not report.adds_up
    assert "THE NUMBERS DO NOT ADD UP: The comparison counted 2 people to look at, and 1 are on record." in report_text(
        report
    )


def test_somebody_who_is_counted_nowhere_is_said_loudly() -> None:
    run = count_rows(make_run(), equal=5)
    run.counts["left"] = 6
    run.save()
    report = build_report(run=run)
    assert not report.adds_up
    assert "5 people and pairs are accounted for, which does not fit 6 people in the hub" in report_text(report)
    run.counts["equal"] = 6
    run.save()
    assert build_report(run=run).adds_up


@pytest.mark.behaviour("G-13")
def test_people_outside_the_scope_are_a_number_in_words_and_never_named() -> None:
    outsider = EmployeeFactory.create(family_name="Utanför")
    report = build_report(run=count_rows(make_run(company=outsider.company), left_out={"out_of_scope": 1}))
    assert [(each.meaning, each.count) for each in report.left_out] == [
        ("Not among the people whom this connection serves", 1)
    ]
    assert "Utanför" not in report_text(report)


def test_every_reason_to_be_left_out_is_told_in_words() -> None:
    report = build_report(run=count_rows(make_run(), left_out=dict.fromkeys(LEFT_OUT, 1)))
    assert all(each.meaning != each.reason and "%" not in each.meaning for each in report.left_out)


def test_a_comparison_that_did_not_finish_has_no_result() -> None:
    run = make_run(state=SyncRun.State.FAILED, counts={}, error="The licence is missing.")
    add(run, Outcome.UNDECIDED)
    report = build_report(run=run)
    assert (report.compared, report.sections, report.adds_up) == (False, (), True)
    assert "The licence is missing." in report_text(report)
    assert "The comparison did not finish. Nothing was written on either side." in report_text(report)


def test_a_list_that_was_not_complete_is_told() -> None:
    run = count_rows(make_run())
    run.counts["complete"] = False
    run.save()
    assert "The list from Fortnox did not add up" in report_text(build_report(run=run))


def test_the_number_of_queries_does_not_depend_on_the_number_of_people(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    run = make_run()
    for outcome in ROWS:
        for _number in range(4):
            add(run, outcome)
    count_rows(run)
    with django_assert_max_num_queries(9):
        build_report(run=run)


# --- Words ----------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-06")
def test_a_refused_person_has_the_reason_and_the_next_step() -> None:
    run = make_run()
    add_row(run, kind=Kind.ONLY_LEFT, state=State.REFUSED, reason="The personnel number is taken.")
    person = only_person(run)
    assert person.reason == "The personnel number is taken."
    assert person.next_step == "Correct the person in the hub, then synchronise again."


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.REFUSED,
        Outcome.UNKNOWN,
        Outcome.MOVED,
        Outcome.DUPLICATE,
        Outcome.AMBIGUOUS,
        Outcome.HELD,
        Outcome.GONE,
        Outcome.CANNOT_SEND,
        Outcome.UNDECIDED,
        Outcome.ONLY_LEFT,
        Outcome.ONLY_RIGHT,
        Outcome.SKIPPED,
    ],
)
def test_who_was_not_written_has_a_next_step(outcome: Outcome) -> None:
    run = make_run()
    add(run, outcome)
    step = only_person(run).next_step
    assert step.endswith(".")
    assert "%" not in step


def test_the_same_next_step_is_said_once() -> None:
    run = make_run()
    for _number in range(3):
        add(run, Outcome.MOVED)
    text = report_text(build_report(run=count_rows(run)))
    assert text.count("Synchronise again to see the values as they are now, and decide on them.") == 1


def test_different_next_steps_stand_with_each_person() -> None:
    run = make_run()
    add_row(run, kind=Kind.ONLY_LEFT, state=State.REFUSED, reason="One.")
    add_row(run, kind=Kind.ONLY_RIGHT, state=State.REFUSED, reason="Two.", label="Vera Dahl")
    text = report_text(build_report(run=count_rows(run)))
    assert "    What to do: Correct the person in the hub, then synchronise again." in text
    assert "    What to do: Correct the person in Fortnox, then synchronise again." in text


def test_updated_fields_are_named_with_their_direction() -> None:
    run = make_run()
    add(run, Outcome.UPDATED_BOTH)
    assert only_person(run).details == ("To Fortnox: Work phone", "To the hub: Address", "Decided by: the rule")


def test_fields_that_were_not_written_are_not_said_to_have_gone() -> None:
    run = make_run()
    add(run, Outcome.MOVED)
    assert only_person(run).details == ("Meant for Fortnox: Work phone", "Decided by: the rule")


def test_a_field_that_was_left_undecided_is_named_on_a_written_person() -> None:
    run = make_run()
    decided = {"phone": Decision.LEFT, "given_name": Decision.OPEN, "address": Decision.LEAVE}
    add_row(run, kind=Kind.DIFFERS, state=State.WRITTEN, decided=decided)
    assert only_person(run).details == (
        "To Fortnox: Work phone",
        "Both left as they are: Address",
        "Undecided: Given name",
        "Decided by: the rule",
    )


def test_a_field_that_cannot_be_sent_is_named_with_the_reason() -> None:
    run = make_run()
    row = add_row(run, kind=Kind.DIFFERS, state=State.OPEN, decided={"bank_account": Decision.OPEN})
    SyncField.objects.filter(row=row).update(reason_right="Only a Swedish account.")
    assert "Bank account cannot go to Fortnox: Only a Swedish account." in only_person(run).details


@pytest.mark.behaviour("FX-07")
def test_an_employment_id_that_the_vendor_assigned_is_announced() -> None:
    run = make_run()
    row = add(run, Outcome.CREATED_RIGHT)
    FieldChange.objects.create(
        subject="employee", subject_id=row.left_id, field="employment_id", after="1017", run=run, at=run.created_at
    )
    assert only_person(run).details == ("Taken over from Fortnox: Employment ID",)


@pytest.mark.behaviour("FX-07")
def test_an_employment_id_is_announced_also_where_everything_of_the_person_was_new() -> None:
    run = make_run()
    row = add(run, Outcome.CREATED_RIGHT)
    FieldChange.objects.create(
        subject="employee",
        subject_id=row.left_id,
        field="*",
        after={"employment_id": "1017", "city": "Lund"},
        run=run,
        at=run.created_at,
    )
    assert only_person(run).details == ("Taken over from Fortnox: Employment ID",)


def test_a_change_that_another_run_made_is_not_announced() -> None:
    run = make_run()
    row = add(run, Outcome.CREATED_RIGHT)
    earlier = SyncRun.objects.create(connection=run.connection, resource="employees", trigger="person", state="done")
    FieldChange.objects.create(
        subject="employee", subject_id=row.left_id, field="employment_id", after="1", run=earlier, at=run.created_at
    )
    assert only_person(run).details == ()


def test_somebody_who_may_be_on_the_other_side_is_listed_with_the_question() -> None:
    run = make_run()
    add_row(run, kind=Kind.ONLY_LEFT, state=State.OPEN, hold_reason="May be Bo Ek: same national ID.")
    section = only_section(build_report(run=count_rows(run)))
    assert (section.outcome, section.people[0].reason) == (Outcome.MAYBE_SAME, "May be Bo Ek: same national ID.")


def test_two_entries_of_one_name_are_told_apart_by_where_they_stand() -> None:
    run = make_run()
    add_row(run, kind=Kind.DUPLICATE, state=State.HELD, right_id="")
    add_row(run, kind=Kind.DUPLICATE, state=State.HELD, left_id="")
    people = only_section(build_report(run=count_rows(run))).people
    assert {person.details for person in people} == {("In the hub",), ("In Fortnox",)}


def test_a_decision_to_leave_somebody_out_is_the_reason() -> None:
    run = make_run()
    add_row(run, kind=Kind.ONLY_LEFT, state=State.SKIPPED)
    assert only_person(run).reason == "Decided in the review: not created."


def test_every_outcome_has_words() -> None:
    assert set(WORDS) == set(Outcome)


def test_a_long_list_names_fifty_and_counts_the_rest_with_the_way_there(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://hub.example.se"
    run = make_run()
    for number in range(53):
        add_row(run, kind=Kind.ONLY_RIGHT, state=State.OPEN, label=f"Person {number:02}")
    report = build_report(run=count_rows(run))
    section = only_section(report)
    page = reverse("admin:fortnox_fortnoxconnection_run", args=[run.connection_id, run.pk])
    assert (len(section.people), section.people[-1].name, section.more) == (50, "Person 49 (number there: F50)", 3)
    assert f"… and 3 more: https://hub.example.se{page}" in report_text(report)


def test_an_integration_that_is_gone_leaves_the_fields_their_names() -> None:
    run = make_run()
    add(run, Outcome.UPDATED_RIGHT)
    run.connection.integration = "forgotten"
    run.connection.save()
    assert only_person(run).details[0] == "To forgotten: Phone"


def test_who_started_it_is_named_and_without_a_person_how_it_started() -> None:
    run = make_run()
    assert build_report(run=run).started_by == "Hanna Ek"
    SyncRun.objects.filter(pk=run.pk).update(by=None, trigger=SyncRun.Trigger.OPERATOR)
    assert build_report(run=run).started_by == "The operator's command"
