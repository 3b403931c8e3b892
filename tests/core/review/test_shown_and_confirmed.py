"""What is confirmed is what the page showed: an older page is refused with what changed and by whom (G-21)."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from employees.models import Employee
from integrations.core.linking import choose, disconnect_person
from integrations.core.models import Connection, Link, SyncField, SyncRow, SyncRun
from integrations.core.push.reviewed import settle_fields, settle_rows
from integrations.core.releasing import _leave_in_reviews
from integrations.core.runs.deciding import decide_creations, decide_field, decide_fields, decide_row, start_run
from integrations.core.runs.reviewing import (
    decide_person,
    decide_selection,
    keep_settings,
    open_conflicts,
    open_fields,
    open_rows,
    tick_people,
    tick_person,
)
from tests.core.admin.pages import text_of
from tests.core.review.conftest import SignIn
from tests.core.review.filling import ACCOUNT, Reviewed
from tests.factories import BankAccountFactory
from tests.pages import press

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.core.review.addresses"),
    pytest.mark.behaviour("G-21"),
]
Decision, Kind, Change, State = SyncField.Decision, SyncRow.Kind, SyncField.Change, SyncRow.State
BUTTON = "Synchronise users"
# Words of the refusal, and of what is there instead.
REFUSED = "The review has changed since you opened this page. Nothing was written."


def fill(reviewed: Reviewed) -> None:
    """Two who differ, the first decided, and two on one side each, of whom the one is ticked."""
    left = {"decision": Decision.LEFT, "suggestion": Decision.LEFT, "change": Change.LEFT}
    reviewed.conflict("Eva Ek", "7", phone=left, work_email=left)
    reviewed.conflict("Bo Berg", "8")
    ticked: dict[str, Any] = {"decision": SyncRow.Decision.CREATE}
    reviewed.row(Kind.ONLY_LEFT, "New Here", left=reviewed.employee("New Here"), **ticked)
    reviewed.row(Kind.ONLY_LEFT, "Not Ticked", left=reviewed.employee("Not Ticked"))
    reviewed.row(Kind.ONLY_RIGHT, "New There", right_id="12", **ticked)


def of(name: str) -> SyncRow:
    return SyncRow.objects.get(label=name)


def words(page: Any) -> str:
    return " ".join(text_of(page).split())


def state() -> str:
    return SyncRun.objects.get().state


def settled(**more: Any) -> dict[str, Any]:
    return {"connection": Connection.objects.get(), "resource": "employees", **more}


# Every way in which what would be written changes, by somebody else or by itself.
CHANGES: dict[str, Callable[[SyncRun, User], object]] = {
    "hub for all": lambda run, by: decide_selection(run=run, fields=open_fields(run), decision=Decision.LEFT, by=by),
    "vendor for all": lambda run, by: decide_selection(run=run, fields=open_fields(run), decision="right", by=by),
    "leave all": lambda run, by: decide_selection(run=run, fields=open_fields(run), decision=Decision.LEAVE, by=by),
    "all of one person": lambda run, by: decide_person(
        row=of("Eva Ek"), decisions={of("Eva Ek").fields.all()[0].pk: Decision.OPEN}, version=None, by=by
    ),
    "one field there and back": lambda run, by: _there_and_back(by),
    "the command": lambda run, by: decide_fields(run=run, decision=Decision.RIGHT, by=None),
    "everybody ticked": lambda run, by: tick_people(run=run, rows=open_rows(run), create=True, by=by),
    "nobody ticked": lambda run, by: tick_people(run=run, rows=open_rows(run), create=False, by=by),
    "one ticked": lambda run, by: tick_person(row=of("Not Ticked"), create=True, version=None, by=by),
    "one left out": lambda run, by: decide_row(row=of("New There"), decision=SyncRow.Decision.SKIP, by=by),
    "ticked by the command": lambda run, by: decide_creations(run=run, kinds=(Kind.ONLY_LEFT,), by=None),
    "settings of one": lambda run, by: keep_settings(row=of("New Here"), chosen={"x": "1"}, version=None, by=by),
    "one of several chosen": lambda run, by: _choose(by),
    "disconnected": lambda run, by: disconnect_person(link=Link.objects.get(rows=of("Eva Ek")), by=by),
    "a held change dropped": lambda run, by: _leave_in_reviews(
        run.connection, "employees", {of("Eva Ek").left_id: {"phone": True}}, by=by
    ),
    "a field sent by itself": lambda run, by: settle_fields(**settled(left_id=of("Eva Ek").left_id, names=["phone"])),
    "all fields sent by themselves": lambda run, by: settle_fields(
        **settled(left_id=of("Eva Ek").left_id, names=["phone", "work_email"])
    ),
    "created by itself": lambda run, by: settle_rows(**settled(left_id=of("New Here").left_id, kinds=[Kind.ONLY_LEFT])),
    "a new row": lambda run, by: SyncField.objects.create(
        row=SyncRow.objects.create(run=run, kind=Kind.DIFFERS, label="Late Lund", link=of("Bo Berg").link),
        field="phone",
        decision=Decision.LEFT,
    ),
    "a row less": lambda run, by: of("New There").delete(),
    "held by a question": lambda run, by: SyncRow.objects.filter(label="New There").update(hold_reason="Is it Bo?"),
    "an edit of somebody new": lambda run, by: _edit("New Here"),
    "an account of somebody new": lambda run, by: BankAccountFactory.create(employee_id=int(of("New Here").left_id)),
    "the connection's settings": lambda run, by: Connection.objects.update(settings={"new": "1"}),
    "who takes part": lambda run, by: Connection.objects.update(scope={"departments": [1]}),
}


def _choose(by: User) -> None:
    link = of("Bo Berg").link
    assert link is not None
    link.options = {"choices": [["2", "Second position"]]}
    link.save()
    assert choose(link=link, choice="2", by=by)


def _there_and_back(by: User) -> None:
    for decision in (Decision.RIGHT, Decision.LEFT):
        decide_field(field=of("Eva Ek").fields.get(field="phone"), decision=decision, by=by)


def _edit(name: str) -> None:
    employee = Employee.objects.get(pk=int(of(name).left_id))
    employee.work_phone = "+46701740611"
    employee.save()


@pytest.fixture
def henrik(sign_in: SignIn) -> User:
    sign_in("henrik")
    return User.objects.get(username="henrik")


@pytest.mark.parametrize("change", CHANGES)
def test_a_page_older_than_a_change_is_refused_and_the_page_of_now_confirms(
    hanna: Client, henrik: User, reviewed: Reviewed, change: str
) -> None:
    fill(reviewed)
    older = hanna.get(reviewed.address("confirm"))
    CHANGES[change](reviewed.run, henrik)

    refused = press(hanna, older, BUTTON)

    assert (REFUSED in words(refused), state()) == (True, SyncRun.State.REVIEW)
    assert not SyncRow.objects.filter(state=State.APPROVED).exists()
    press(hanna, refused, BUTTON)
    assert state() == SyncRun.State.APPROVED


def test_a_page_that_is_still_true_confirms(hanna: Client, henrik: User, reviewed: Reviewed) -> None:
    fill(reviewed)
    page = hanna.get(reviewed.address("confirm"))
    # Nothing of this is written by the confirmation.
    reviewed.row(Kind.AMBIGUOUS, "Who Knows", right_id="14")
    SyncRow.objects.filter(label="Not Ticked").update(reason="May be anybody.")
    Connection.objects.update(label="Renamed")

    press(hanna, page, BUTTON)

    assert state() == SyncRun.State.APPROVED


def test_it_says_who_decided_on_whom_and_what_stands_there_now(
    hanna: Client, sign_in: SignIn, reviewed: Reviewed
) -> None:
    fill(reviewed)
    for number in range(8):
        reviewed.conflict(f"Per P{number}", f"p{number}", phone={"decision": Decision.LEAVE})
    older = hanna.get(reviewed.address("confirm"))
    conflicts = sign_in("henrik")
    press(conflicts, conflicts.get(reviewed.address("conflicts")), "many=right", {"scope": "all"})

    page = words(press(hanna, older, BUTTON))

    assert "Henrik decided on 10 people since you opened this page: Bo Berg (" in page
    assert "(Work phone: Fortnox, before: Hub, Work e-mail: Fortnox, before: Hub)" in page
    assert "(Work phone: Fortnox, before: Leave both)" in page
    assert "5 more." in page


def test_ticks_ends_edits_and_settings_are_told_too(hanna: Client, henrik: User, reviewed: Reviewed) -> None:
    fill(reviewed)
    older = hanna.get(reviewed.address("confirm"))
    tick_person(row=of("New Here"), create=False, version=None, by=henrik)
    tick_person(row=of("Not Ticked"), create=True, version=None, by=henrik)
    settle_fields(**settled(left_id=of("Eva Ek").left_id, names=["phone", "work_email"]))
    _edit("Not Ticked")
    CHANGES["the connection's settings"](reviewed.run, henrik)

    page = words(press(hanna, older, BUTTON))

    page = re.sub(r" \([^()]*, record \d+\)", "", page)
    ticked = "New Here (is not created); Not Ticked (is created)"
    assert f"Henrik decided on 2 people since you opened this page: {ticked}" in page
    assert "1 person needs no decision any more: Eva Ek (Settled meanwhile" in page
    assert re.search(r"changed Not Ticked( \([^)]*\))?: Work phone", page)
    assert "+46701740611" in page
    assert "The settings of the connection were changed." in page


def test_what_was_decided_before_the_page_was_opened_is_not_told(
    hanna: Client, henrik: User, reviewed: Reviewed
) -> None:
    fill(reviewed)
    decide_field(field=of("Bo Berg").fields.get(), decision=Decision.LEFT, by=henrik)
    older = hanna.get(reviewed.address("confirm"))
    decide_field(field=of("Eva Ek").fields.get(field="phone"), decision=Decision.LEAVE, by=henrik)

    page = words(press(hanna, older, BUTTON))

    assert "(Work phone: Leave both, before: Hub)." in page


def test_without_what_the_page_was_made_from_nothing_is_confirmed(hanna: Client, reviewed: Reviewed) -> None:
    fill(reviewed)

    for posted in ({}, {"made_from": ""}, {"made_from": "0" * 24, "since": "|x|" + "9" * 300}):
        refused = hanna.post(reviewed.address("confirm"), posted)
        assert (REFUSED in words(refused), state()) == (True, SyncRun.State.REVIEW)

    press(hanna, refused, BUTTON)
    assert state() == SyncRun.State.APPROVED


def test_of_two_who_confirm_one_does_and_the_other_is_told_who(
    hanna: Client, sign_in: SignIn, reviewed: Reviewed
) -> None:
    fill(reviewed)
    page = hanna.get(reviewed.address("confirm"))
    henrik = sign_in("henrik")
    press(henrik, henrik.get(reviewed.address("confirm")), BUTTON)

    told = press(hanna, page, BUTTON, follow=True)

    assert "confirmed already, by Henrik" in words(told)
    run = SyncRun.objects.get()
    assert (run.state, run.approved_by) == (SyncRun.State.APPROVED, User.objects.get(username="henrik"))


def test_whoever_compared_again_meanwhile_is_named(hanna: Client, henrik: User, reviewed: Reviewed) -> None:
    fill(reviewed)
    page = hanna.get(reviewed.address("confirm"))
    newer = start_run(connection=reviewed.run.connection, trigger=SyncRun.Trigger.PERSON, by=henrik)

    told = press(hanna, page, BUTTON, follow=True)

    assert "A newer comparison has taken this one's place, started by Henrik" in html.unescape(words(told))
    assert set(SyncRun.objects.values_list("pk", "approved_at")) == {(reviewed.run.pk, None), (newer.pk, None)}


# --- What the page shows -----------------------------------------------------------------------------------


def test_it_lists_who_and_what_before_and_after_on_each_side(hanna: Client, henrik: User, reviewed: Reviewed) -> None:
    fill(reviewed)
    decide_field(field=of("Bo Berg").fields.get(), decision=Decision.RIGHT, by=henrik)
    SyncRow.objects.filter(label="New There").update(options={"values": {"city": "Umeå", "phone": "+46701740633"}})

    sides = {side.name: side for side in hanna.get(reviewed.address("confirm")).context["sides"]}

    to_vendor, to_hub = sides["vendor"].people, sides["hub"].people
    assert [(each.known.row.label, len(each.fields)) for each in to_vendor] == [("Eva Ek", 2)]
    phone = to_vendor[0].fields[0]
    assert (str(phone.label), phone.before, phone.after, phone.decided_by) == (
        "Work phone",
        "+46701740606",
        "+46701740605",
        "the rule",
    )
    (taken,) = to_hub[0].fields
    assert (taken.before, taken.after, taken.decided_by) == ("+46701740605", "+46701740606", "Henrik")
    (there,) = sides["new_there"].people
    (here,) = sides["new_here"].people
    assert ("Work e-mail", True) in [(str(each.label), bool(each.value)) for each in there.values]
    assert "+46701740633" in [each.value for each in here.values]


def test_national_ids_and_bank_accounts_are_masked_as_elsewhere(hanna: Client, reviewed: Reviewed) -> None:
    reviewed.conflict("Eva Ek", "7", bank_account={"left": ACCOUNT, "right": None, "decision": Decision.LEFT})
    assert "0000004" in words(hanna.get(reviewed.address("confirm")))

    user = User.objects.get(username="hanna")
    user.groups.clear()
    user.user_permissions.set(
        Permission.objects.filter(codename__in=("run_fortnox", "view_connection", "view_employee"))
    )

    # Other roles end the session.
    hanna.force_login(user)
    page = words(hanna.get(reviewed.address("confirm")))
    assert ("Eva Ek" in page, "0000004" in page) == (True, False)


def test_each_side_has_pages_of_its_own_and_every_page_confirms(hanna: Client, reviewed: Reviewed) -> None:
    for number in range(60):
        decision = Decision.LEFT if number % 2 else Decision.RIGHT
        reviewed.conflict(f"Per P{number}", f"p{number}", phone={"decision": decision})

    page = hanna.get(reviewed.address("confirm", query="vendor=2"))

    shown = {side.name: [each.known.row.label for each in side.people] for side in page.context["sides"]}
    assert (len(shown["vendor"]), len(shown["hub"]), shown["vendor"][-1]) == (5, 25, "Per P59")
    press(hanna, page, BUTTON)
    assert (state(), SyncRow.objects.filter(state=State.APPROVED).count()) == (SyncRun.State.APPROVED, 60)


def test_what_was_seen_on_the_first_page_is_part_of_what_the_last_confirms(
    hanna: Client, henrik: User, reviewed: Reviewed
) -> None:
    for number in range(60):
        reviewed.conflict(f"Per P{number}", f"p{number}", phone={"decision": Decision.LEFT})
    first = hanna.get(reviewed.address("confirm"))
    decide_field(field=of("Per P0").fields.get(), decision=Decision.RIGHT, by=henrik)

    (side,) = first.context["sides"]
    second = hanna.get(f"{reviewed.address('confirm')}{side.next_url}")

    assert "The review has changed since you opened its first page." in words(second)
    assert "(Work phone: Fortnox, before: Hub)" in (words(second))
    side = next(each for each in second.context["sides"] if each.name == "vendor")
    third = hanna.get(f"{reviewed.address('confirm')}{side.next_url}")
    assert "has changed since" not in words(third)
    press(hanna, third, BUTTON)
    assert state() == SyncRun.State.APPROVED


def test_more_people_take_no_more_queries_to_show_and_to_confirm(
    hanna: Client, henrik: User, reviewed: Reviewed
) -> None:
    def add(numbers: range) -> None:
        for number in numbers:
            left, right = {"decision": Decision.LEFT}, {"decision": Decision.RIGHT}
            reviewed.conflict(f"Eva Ek{number}", f"c{number}", phone=left, work_email=right)
            ticked: dict[str, Any] = {"decision": "create", "decided_by": henrik, "decided_at": timezone.now()}
            reviewed.row(Kind.ONLY_LEFT, f"Bo B{number}", left=reviewed.employee(f"Bo B{number}"), **ticked)
            reviewed.row(Kind.ONLY_RIGHT, f"Li L{number}", right_id=f"r{number}", **ticked)

    def queries() -> int:
        with CaptureQueriesContext(database) as made:
            hanna.get(reviewed.address("confirm"))
            assert hanna.post(reviewed.address("confirm"), {"made_from": "older"}).status_code == 200
        return len(made)

    # More than are named one by one.
    add(range(6))
    queries()
    few = queries()
    add(range(6, 40))

    assert queries() == few


def test_the_people_of_a_review_are_open_to_nobody_else(sign_in: SignIn, reviewed: Reviewed) -> None:
    fill(reviewed)

    assert [sign_in(name).get(reviewed.address("confirm")).status_code for name in ("petra", "stina")] == [403, 403]
    assert open_conflicts(reviewed.run).exists()
