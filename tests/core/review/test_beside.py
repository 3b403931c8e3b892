"""A review beside other admins: who is in it, who decided, and choices for many that would undo others' (G-21)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.core.models import ReviewVisit, SyncField, SyncRow
from tests.core.admin.pages import text_of
from tests.core.review.conftest import SignIn
from tests.core.review.filling import Reviewed, choose, decision_of
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses"), pytest.mark.behaviour("G-21")]
Kind, Create, Open = SyncRow.Kind, SyncRow.Decision.CREATE, SyncRow.Decision.OPEN
MISSING, OVERWRITE = "Missing people", "Overwrite theirs too"


def missing(reviewed: Reviewed, *names: str) -> list[SyncRow]:
    return [reviewed.row(Kind.ONLY_LEFT, name, left=reviewed.employee(name)) for name in names]


def ticks(rows: list[SyncRow]) -> list[str]:
    return [SyncRow.objects.get(pk=row.pk).decision for row in rows]


def tick(client: Client, reviewed: Reviewed, *rows: SyncRow) -> None:
    page = client.get(reviewed.address("missing"))
    press(client, page, "Save choices", {"tick": [str(row.pk) for row in rows]})


@pytest.mark.parametrize("page", ["conflicts", "unclear", "missing", "confirm"])
def test_every_page_says_who_else_is_in_the_review(sign_in: SignIn, reviewed: Reviewed, page: str) -> None:
    sign_in("henrik").get(reviewed.address("missing"))
    hanna = sign_in("hanna")

    assert "Henrik (seen at" in " ".join(text_of(hanna.get(reviewed.address(page))).split())

    ReviewVisit.objects.filter(user__username="henrik").update(seen_at=timezone.now() - timedelta(minutes=3))
    assert "Also in this review now" not in text_of(hanna.get(reviewed.address(page)))


def test_a_visit_is_written_once_a_minute_at_most(hanna: Client, reviewed: Reviewed) -> None:
    address = reviewed.address("missing")
    hanna.get(address)

    with CaptureQueriesContext(database) as again:
        hanna.get(address)
    assert not [query for query in again.captured_queries if query["sql"].startswith(("INSERT", "UPDATE"))]

    before = timezone.now() - timedelta(minutes=1, seconds=1)
    ReviewVisit.objects.update(seen_at=before)
    hanna.get(address)
    assert ReviewVisit.objects.get().seen_at > before


def test_every_page_says_who_decided_on_somebody(sign_in: SignIn, reviewed: Reviewed) -> None:
    henrik, hanna = sign_in("henrik"), sign_in("hanna")
    conflict, (ticked,) = reviewed.conflict("Eva Ek", "7"), missing(reviewed, "Bo Berg")
    unclear = reviewed.row(Kind.AMBIGUOUS, "Li Lund", left=reviewed.employee("Li Lund"), reason="Could be several.")
    choose(henrik, reviewed, conflict, "left")
    tick(henrik, reviewed, ticked)
    press(henrik, henrik.get(reviewed.address("unclear")), "Leave for now", holding={"row": unclear.pk})

    pages = [
        " ".join(text_of(hanna.get(reviewed.address(page))).split()) for page in ("conflicts", "missing", "unclear")
    ]

    assert ["by Henrik," in page for page in pages] == [True, True, True]


def test_tick_nobody_on_an_old_page_asks_before_it_takes_back_what_somebody_else_ticked(
    sign_in: SignIn, reviewed: Reviewed
) -> None:
    rows = missing(reviewed, "Eva Ek", "Bo Berg", "Li Lund")
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    old = hanna.get(reviewed.address("missing"))
    press(henrik, henrik.get(reviewed.address("missing")), "many=all")

    asked = press(hanna, old, "Tick nobody", follow=True)

    assert ticks(rows) == [Create] * 3
    page = " ".join(text_of(asked).split())
    assert "3 people decided by Henrik" in page
    assert all(name in page for name in ("Eva Ek", "Bo Berg", "Li Lund", "Nothing has been changed yet"))

    press(hanna, asked, OVERWRITE)
    assert ticks(rows) == [Open] * 3


@pytest.mark.parametrize("many", ["all", "page"])
def test_ticking_many_asks_about_whom_somebody_else_took_out(sign_in: SignIn, reviewed: Reviewed, many: str) -> None:
    eva, bo = missing(reviewed, "Eva Ek", "Bo Berg")
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    tick(henrik, reviewed, eva)
    tick(henrik, reviewed)

    asked = press(hanna, hanna.get(reviewed.address("missing")), f"many={many}", follow=True)
    assert ticks([eva, bo]) == [Open, Open]

    press(hanna, asked, "Only the other 1 person")
    assert ticks([eva, bo]) == [Open, Create]


def test_what_was_decided_anew_while_it_was_asked_is_shown_again(sign_in: SignIn, reviewed: Reviewed) -> None:
    rows = missing(reviewed, "Eva Ek", "Bo Berg")
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    tick(henrik, reviewed, rows[0])
    asked = press(hanna, hanna.get(reviewed.address("missing")), "Tick nobody", follow=True)
    tick(henrik, reviewed, *rows)

    again = press(hanna, asked, OVERWRITE, follow=True)

    assert ticks(rows) == [Create, Create]
    assert all(text in text_of(again) for text in ("others decided again", "Bo Berg"))
    press(hanna, again, OVERWRITE)
    assert ticks(rows) == [Open, Open]


@pytest.mark.parametrize("scope", ["all", "ticked"])
@pytest.mark.parametrize("decision", ["left", "right", "leave", "open"])
def test_a_choice_for_many_fields_asks_about_what_somebody_else_chose(
    sign_in: SignIn, reviewed: Reviewed, decision: str, scope: str
) -> None:
    theirs = "right" if decision == "left" else "left"
    eva, bo = reviewed.conflict("Eva Ek", "7"), reviewed.conflict("Bo Berg", "8", phone={"decision": theirs})
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    old = hanna.get(reviewed.address("conflicts"))
    choose_of(henrik, reviewed, eva, theirs)

    chosen: dict[str, Any] = {"scope": scope}
    if scope == "ticked":
        chosen["ticked"] = [str(eva.pk), str(bo.pk)]
    asked = press(hanna, old, f"many={decision}", chosen, follow=True)

    assert [decision_of(eva), decision_of(bo)] == [theirs, theirs]
    assert "1 person decided by Henrik" in " ".join(text_of(asked).split())
    kept = press(hanna, asked, "others=keep", follow=True)
    assert [decision_of(eva), decision_of(bo)] == [theirs, decision]

    press(hanna, press(hanna, kept, f"many={decision}", {"scope": "all"}, follow=True), OVERWRITE)
    assert [decision_of(eva), decision_of(bo)] == [decision, decision]


def choose_of(client: Client, reviewed: Reviewed, row: SyncRow, decision: str) -> None:
    page = client.get(reviewed.address("conflicts"))
    press(client, page, "Save choices", {f"field-{row.fields.get().pk}": decision})


def test_suggestions_for_all_ask_about_what_somebody_else_set_back(sign_in: SignIn, reviewed: Reviewed) -> None:
    row = reviewed.conflict("Eva Ek", "7", phone={"suggestion": "right", "decision": "right"})
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    choose_of(henrik, reviewed, row, "open")

    asked = press(hanna, hanna.get(reviewed.address("conflicts")), "many=suggested", {"scope": "all"}, follow=True)

    assert decision_of(row) == "open"
    press(hanna, asked, OVERWRITE)
    assert decision_of(row) == "right"


def test_one_s_own_earlier_choices_and_nobody_s_are_overwritten_without_a_question(
    sign_in: SignIn, reviewed: Reviewed
) -> None:
    own, proposed = reviewed.conflict("Eva Ek", "7"), reviewed.conflict("Bo Berg", "8", phone={"decision": "right"})
    hanna = sign_in("hanna")
    choose_of(hanna, reviewed, own, "right")

    press(hanna, hanna.get(reviewed.address("conflicts")), "many=left", {"scope": "all"})

    assert (decision_of(own), decision_of(proposed)) == ("left", "left")


@pytest.mark.parametrize("by_script", [True, False])
def test_all_fields_of_somebody_on_whom_another_decided_meanwhile_are_shown_first(
    sign_in: SignIn, reviewed: Reviewed, by_script: bool
) -> None:
    row = reviewed.conflict("Eva Ek", "7")
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    old = hanna.get(reviewed.address("conflicts"))
    choose_of(henrik, reviewed, row, "right")
    added = {"only": row.pk, "choice": "left"} if by_script else {}

    shown = press(hanna, old, f"person={row.pk}:left", added=added, follow=True)

    assert decision_of(row) == "right"
    assert "Henrik decided on Eva Ek (" in text_of(shown)
    press(hanna, hanna.get(reviewed.address("conflicts")), f"person={row.pk}:left", added=added)
    assert decision_of(row) == "left"


def test_whoever_changed_nothing_on_an_old_page_is_not_told_of_conflicts(sign_in: SignIn, reviewed: Reviewed) -> None:
    eva, bo = reviewed.conflict("Eva Ek", "7"), reviewed.conflict("Bo Berg", "8")
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    old = hanna.get(reviewed.address("conflicts"))
    choose_of(henrik, reviewed, eva, "right")

    saved = press(hanna, old, "Save choices", {f"field-{bo.fields.get().pk}": "left"}, follow=True)

    assert (decision_of(eva), decision_of(bo)) == ("right", "left")
    assert "1 choice saved" in text_of(saved)
    assert "meanwhile" not in text_of(saved)


def test_somebody_who_was_settled_meanwhile_is_named_with_who_did_it(sign_in: SignIn, reviewed: Reviewed) -> None:
    row = reviewed.linked("Eva Ek", "7", kind=Kind.GONE, reason="Gone from the other system.")
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    old = hanna.get(reviewed.address("unclear"))
    press(henrik, henrik.get(reviewed.address("unclear")), "answer=let_go", holding={"row": row.pk})

    page = text_of(press(hanna, old, "answer=disconnect", holding={"row": row.pk}, follow=True))

    assert "this question was settled meanwhile" in page
    assert "decided on Eva Ek" in page
    assert "Henrik, " in page
    assert not [button for button in buttons_of(hanna.get(reviewed.address("unclear"))) if button == "Disconnect"]


def test_asking_about_many_takes_a_bounded_number_of_queries(sign_in: SignIn, reviewed: Reviewed) -> None:
    henrik = User.objects.create_user("henrik", is_staff=True)
    numbers = []
    for count in (3, 300):
        SyncRow.objects.all().delete()
        SyncRow.objects.bulk_create(
            SyncRow(
                run=reviewed.run,
                kind=Kind.ONLY_RIGHT,
                right_id=str(number),
                label=f"Eva Ek{number}",
                decision=Create,
                decided_by=henrik,
                decided_at=timezone.now(),
            )
            for number in range(count)
        )
        hanna = sign_in("hanna")
        page = hanna.get(reviewed.address("missing", query="side=right"))
        with CaptureQueriesContext(database) as asked:
            assert "decided by henrik" in text_of(press(hanna, page, "Tick nobody"))
        numbers.append(len(asked))

    assert numbers[0] == numbers[1] <= 30


def test_fields_of_a_person_stay_when_the_choice_is_refused(sign_in: SignIn, reviewed: Reviewed) -> None:
    row = reviewed.conflict("Eva Ek", "7", phone={}, work_email={"decision": "left"})
    hanna, henrik = sign_in("hanna"), sign_in("henrik")
    old = hanna.get(reviewed.address("conflicts"))
    phone = row.fields.get(field="phone")
    page = henrik.get(reviewed.address("conflicts"))
    press(henrik, page, "Save choices", {f"field-{phone.pk}": "right"})

    press(hanna, old, "many=left", {"scope": "all"}, follow=True)

    assert dict(SyncField.objects.values_list("field", "decision")) == {"phone": "right", "work_email": "left"}
