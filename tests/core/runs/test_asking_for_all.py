"""Of many missing people nobody is gone until somebody has them all asked for, one after the other, meanwhile."""

import pytest
from django.contrib.auth.models import User

from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.report import build_report
from integrations.core.runs import asking, missing
from integrations.core.runs.asking import ask_for_all, ask_in_turn, asking_of, waiting
from integrations.core.runs.deciding import RunRefused
from integrations.core.sweep import sweep
from tests.core.connected import compare
from tests.core.runs.both_sides import BothSides, apply_all, assert_counts_add_up, review

pytestmark = pytest.mark.behaviour("G-24", "G-16")
GONE = ["101", "102", "103", "104"]


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("decider")


@pytest.fixture
def run(connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch) -> SyncRun:
    """A comparison whose list lacks five of six: four are gone, one is only not shown."""
    monkeypatch.setattr(missing, "ASKED_AT_MOST", 3)
    for number in range(1, 7):
        both.pair(number)
    both.hub(9)
    apply_all(review(connection))
    for right_id in GONE:
        both.sandbox.remove("fortnox", "employees", right_id)
    kept = both.at_vendor("105")
    both.sandbox.remove("fortnox", "employees", "105")
    found = compare(connection)
    both.sandbox.add("fortnox", "employees", kept)
    both.sandbox.clear_calls()
    return found


def gone() -> list[str]:
    return sorted(Link.objects.filter(gone_at__isnull=False).values_list("right_id", flat=True))


def kinds(run: SyncRun) -> dict[str, str]:
    rows = SyncRow.objects.filter(run=run).exclude(link=None).order_by("link__right_id")
    return {
        right_id: f"{kind} {state}" for right_id, kind, state in rows.values_list("link__right_id", "kind", "state")
    }


def test_nobody_is_asked_for_before_somebody_says_so(run: SyncRun, both: BothSides) -> None:
    ask_in_turn(run_id=run.pk)

    assert (gone(), both.sandbox.calls(path="/3/employees/")) == ([], [])
    told = asking_of(run)
    assert told is not None
    assert (told.people, told.left, told.begun, told.is_over) == (5, 5, False, False)


def test_each_is_asked_for_and_the_answer_is_told(run: SyncRun, both: BothSides, by: User) -> None:
    ask_for_all(run=run, by=by)
    assert list(waiting()) == [run]

    ask_in_turn(run_id=run.pk)

    assert gone() == GONE
    assert kinds(run) == {**dict.fromkeys(GONE, "gone open"), "105": "not_listed held"}
    told = asking_of(run)
    assert told is not None
    assert (told.people, told.gone, told.there, told.left, told.is_over) == (5, 4, 1, 0, True)
    assert len(both.sandbox.calls(method="GET", path="/3/employees/")) == 5
    assert_counts_add_up(run)
    run.refresh_from_db()
    assert run.options["ask_all"]["by"] == by.pk
    assert list(waiting()) == []

    with pytest.raises(RunRefused, match="has been asked for"):
        ask_for_all(run=run, by=by)


def test_the_next_comparison_shows_who_is_on_one_side_only_again(
    run: SyncRun, connection: Connection, by: User
) -> None:
    ask_for_all(run=run, by=by)
    ask_in_turn(run_id=run.pk)

    run = review(connection)

    assert sorted(SyncRow.objects.filter(run=run).values_list("kind", flat=True)) == ["gone"] * 4 + ["only_left"]
    assert run.counts["complete"] is True


def test_put_down_in_the_middle_it_goes_on_with_whoever_is_left(
    run: SyncRun, both: BothSides, by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_all(run=run, by=by)
    whole = asking._settle
    asked: list[str] = []

    def stops(row: SyncRow, session: object) -> bool:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(row.label)
        return whole(row, session)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "_settle", stops)
    with pytest.raises(KeyboardInterrupt):
        ask_in_turn(run_id=run.pk)
    assert len(gone()) == 2

    monkeypatch.setattr(asking, "_settle", whole)
    ask_in_turn(run_id=run.pk)
    assert gone() == GONE
    assert len(both.sandbox.calls(method="GET", path="/3/employees/")) == 5


def test_an_outage_is_told_and_only_delays_it(run: SyncRun, both: BothSides, by: User) -> None:
    ask_for_all(run=run, by=by)
    both.sandbox.faults([{"path": "/3/employees/", "action": "refuse", "status": 503, "body": {}, "every": True}])

    ask_in_turn(run_id=run.pk)

    run.refresh_from_db()
    told = asking_of(run)
    assert told is not None
    assert (gone(), told.left, bool(told.error)) == ([], 5, True)

    both.sandbox.clear_faults()
    ask_in_turn(run_id=run.pk)
    run.refresh_from_db()
    told = asking_of(run)
    assert told is not None
    assert (gone(), told.left, told.error) == (GONE, 0, "")


def test_the_minutes_round_finds_what_is_left(run: SyncRun, by: User) -> None:
    assert sweep().asked_for == 0
    ask_for_all(run=run, by=by)
    assert sweep().asked_for == 1
    ask_in_turn(run_id=run.pk)
    assert sweep().asked_for == 0


def test_whoever_is_disconnected_meanwhile_is_not_asked_for(run: SyncRun, both: BothSides, by: User) -> None:
    ask_for_all(run=run, by=by)
    Link.objects.filter(right_id="101").update(state=Link.State.DISCONNECTED)

    ask_in_turn(run_id=run.pk)

    assert gone() == GONE[1:]
    assert kinds(run)["101"] == "not_listed skipped"


def test_somebody_for_whom_the_vendor_does_not_answer_is_not_gone(run: SyncRun, both: BothSides, by: User) -> None:
    ask_for_all(run=run, by=by)
    both.sandbox.faults([{"path": "/3/employees/101", "action": "refuse", "status": 400, "body": {}, "every": True}])

    ask_in_turn(run_id=run.pk)

    assert gone() == GONE[1:]
    assert kinds(run)["101"] == "not_listed held"


def test_one_who_cannot_be_read_is_there(run: SyncRun, both: BothSides, by: User) -> None:
    ask_for_all(run=run, by=by)
    both.sandbox.faults([{"path": "/3/employees/105", "action": "odd_row", "values": {"City": [1]}, "every": True}])

    ask_in_turn(run_id=run.pk)

    assert gone() == GONE


@pytest.mark.parametrize("state", [SyncRun.State.CANCELLED, SyncRun.State.SUPERSEDED, SyncRun.State.APPROVED])
def test_it_stops_once_nobody_waits_for_it(run: SyncRun, by: User, both: BothSides, state: str) -> None:
    ask_for_all(run=run, by=by)
    SyncRun.objects.filter(pk=run.pk).update(state=state)

    ask_in_turn(run_id=run.pk)

    assert (gone(), both.sandbox.calls(path="/3/employees/")) == ([], [])
    run.refresh_from_db()
    with pytest.raises(RunRefused):
        ask_for_all(run=run, by=by)


def test_confirmed_without_asking_everybody_is_told_as_missing(run: SyncRun) -> None:
    done = apply_all(run)

    report = build_report(run=done)
    (section,) = [each for each in report.sections if each.outcome == "not_listed"]
    assert (section.count, len(section.people), report.adds_up) == (5, 5, True)
    assert gone() == []
