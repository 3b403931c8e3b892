"""The conflicts page: values side by side, choices saved as they are made, for one person or for many (G-04)."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from integrations.core.models import SyncField, SyncRow, SyncRun
from tests.core.admin.pages import text_of
from tests.core.review.conftest import SignIn
from tests.core.review.filling import ACCOUNT, HERE, THERE, Reviewed, choose, decision_of
from tests.pages import form_values, press

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Change, Decision = SyncField.Change, SyncField.Decision


@pytest.mark.behaviour("G-04")
def test_both_values_and_the_last_agreed_one_stand_side_by_side(hanna: Client, reviewed: Reviewed) -> None:
    reviewed.conflict("Eva Ek", "7")

    page = text_of(hanna.get(reviewed.address("conflicts")))

    assert all(text in page for text in ("Eva Ek", HERE, THERE, "+46701740699", "Changed on both sides", "Work phone"))


def test_a_sensitive_value_is_masked_for_whoever_may_not_see_it(reviewed: Reviewed) -> None:
    reviewed.conflict(
        "Eva Ek", "7", bank_account={"left": ACCOUNT, "right": None, "base_left": None, "base_right": None}
    )
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="run_fortnox"))
    client = Client()
    client.force_login(user)

    page = text_of(client.get(reviewed.address("conflicts")))

    assert ("0000004" in page, "0004" in page, "••••" in page) == (False, False, True)


@pytest.mark.behaviour("G-04")
@pytest.mark.parametrize("decision", ["left", "right", "leave"])
def test_a_choice_is_kept_for_the_next_visit(hanna: Client, reviewed: Reviewed, decision: str) -> None:
    row = reviewed.conflict("Eva Ek", "7")

    choose(hanna, reviewed, row, decision)

    row.refresh_from_db()
    assert (decision_of(row), row.decided_by.get_username() if row.decided_by else "") == (decision, "hanna")
    assert "1 of 1 person decided" in text_of(hanna.get(reviewed.address("conflicts")))


def test_a_choice_can_be_taken_back(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.conflict("Eva Ek", "7", phone={"decision": Decision.LEFT})

    choose(hanna, reviewed, row, "open")

    assert decision_of(row) == Decision.OPEN


def test_a_choice_is_saved_as_it_is_made(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.conflict("Eva Ek", "7")
    field = row.fields.get()

    page = hanna.get(reviewed.address("conflicts"))
    posted = {**form_values(page, button="Save choices"), "only": row.pk, f"field-{field.pk}": "right"}
    answer = hanna.post(reviewed.address("conflicts"), posted, headers={"HX-Request": "true"})

    assert decision_of(row) == Decision.RIGHT
    assert all(text in text_of(answer) for text in ("Saved.", "1 of 1 person decided", 'hx-swap-oob="true"'))


@pytest.mark.parametrize("by_script", [True, False])
def test_what_somebody_else_decided_meanwhile_is_shown_and_not_overwritten(
    sign_in: SignIn, reviewed: Reviewed, by_script: bool
) -> None:
    row = reviewed.conflict("Eva Ek", "7")
    opened = sign_in("hanna").get(reviewed.address("conflicts"))
    choose(sign_in("henrik"), reviewed, row, "left")
    more = {"only": row.pk} if by_script else {}

    page = text_of(choose(sign_in("hanna"), reviewed, row, "right", page=opened, **more))

    assert decision_of(row) == Decision.LEFT
    assert "Henrik decided on Eva Ek (" in page

    choose(sign_in("hanna"), reviewed, row, "right", **more)
    assert decision_of(row) == Decision.RIGHT


def test_one_person_s_quick_choices_do_not_stand_in_each_other_s_way(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.conflict("Eva Ek", "7")
    opened = hanna.get(reviewed.address("conflicts"))
    choose(hanna, reviewed, row, "left", page=opened)

    choose(hanna, reviewed, row, "right", page=opened)

    assert decision_of(row) == Decision.RIGHT


@pytest.mark.behaviour("FX-07")
def test_a_side_that_cannot_be_written_cannot_be_chosen_and_says_why(hanna: Client, reviewed: Reviewed) -> None:
    reason = "This field is only taken over from the other system, never sent to it."
    row = reviewed.conflict("Eva Ek", "7", employment_id={"left": "1", "right": "2", "reason_right": reason})

    # The page cannot post it; a request by hand is answered as well.
    posted = {"shown": row.pk, f"version-{row.pk}": row.version, f"field-{row.fields.get().pk}": "left"}
    page = text_of(hanna.post(reviewed.address("conflicts"), posted, follow=True))

    assert decision_of(row, "employment_id") == Decision.OPEN
    assert page.count(f"Not Hub: {reason}") == 1
    assert "disabled aria-describedby" in " ".join(page.split())

    choose(hanna, reviewed, row, "right")
    assert decision_of(row, "employment_id") == Decision.RIGHT


@pytest.mark.behaviour("G-04")
@pytest.mark.parametrize("decision", ["left", "right", "leave"])
def test_everybody_is_decided_at_once(hanna: Client, reviewed: Reviewed, decision: str) -> None:
    rows = [reviewed.conflict(f"Eva Ek{number}", str(number)) for number in range(60)]

    press(hanna, hanna.get(reviewed.address("conflicts")), f"many={decision}", {"scope": "all"})

    assert {decision_of(row) for row in rows} == {decision}
    assert set(SyncRow.objects.values_list("version", flat=True)) == {2}


def test_a_choice_for_all_passes_over_what_cannot_be_written_and_says_why(hanna: Client, reviewed: Reviewed) -> None:
    free = reviewed.conflict("Eva Ek", "7")
    shut = reviewed.conflict("Bo Berg", "8", phone={"reason_right": "Not sent: the person has a protected identity."})

    page = text_of(press(hanna, hanna.get(reviewed.address("conflicts")), "many=left", {"scope": "all"}, follow=True))

    assert (decision_of(free), decision_of(shut)) == (Decision.LEFT, Decision.OPEN)
    assert "1 field decided. 1 stays as it was: Not sent: the person has a protected identity." in page


def test_suggestions_are_taken_for_what_is_undecided(hanna: Client, reviewed: Reviewed) -> None:
    suggested = reviewed.conflict("Eva Ek", "7", phone={"suggestion": Decision.RIGHT})
    decided = reviewed.conflict("Bo Berg", "8", phone={"suggestion": Decision.RIGHT, "decision": Decision.LEAVE})
    without = reviewed.conflict("Li Lund", "9")

    page = text_of(
        press(hanna, hanna.get(reviewed.address("conflicts")), "many=suggested", {"scope": "all"}, follow=True)
    )

    assert [decision_of(row) for row in (suggested, decided, without)] == ["right", "leave", "open"]
    assert "1 stays as it was: Nothing is suggested" in page


@pytest.mark.behaviour("G-04")
@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("field=phone", {"scope": "all"}),
        ("change=both", {"scope": "all"}),
        ("decided=no&name=eva", {"scope": "all"}),
        ("", {"scope": "all", "only_field": "phone"}),
    ],
)
def test_a_choice_for_all_means_what_the_search_shows(
    hanna: Client, reviewed: Reviewed, query: str, post: dict[str, str]
) -> None:
    row = reviewed.conflict("Eva Ek", "7", phone={}, work_email={"change": Change.LEFT, "decision": Decision.LEAVE})

    press(hanna, hanna.get(reviewed.address("conflicts", query=query)), "many=right", post)

    assert (decision_of(row), decision_of(row, "work_email")) == ("right", "leave")


def test_a_choice_for_the_ticked_people_leaves_the_others(hanna: Client, reviewed: Reviewed) -> None:
    ticked, other = reviewed.conflict("Eva Ek", "7"), reviewed.conflict("Bo Berg", "8")

    page = hanna.get(reviewed.address("conflicts"))
    press(hanna, page, "many=left", {"scope": "ticked", "ticked": [ticked.pk]})

    assert (decision_of(ticked), decision_of(other)) == ("left", "open")


def test_all_fields_of_a_person_are_decided_at_once(hanna: Client, reviewed: Reviewed) -> None:
    row, other = reviewed.conflict("Eva Ek", "7", phone={}, given_name={}), reviewed.conflict("Bo Berg", "8")

    press(hanna, hanna.get(reviewed.address("conflicts")), f"person={row.pk}:left")

    assert set(row.fields.values_list("decision", flat=True)) == {"left"}
    assert decision_of(other) == "open"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=EVA", ["Eva Ek"]),
        ("field=work_email", ["Bo Berg"]),
        ("change=missing_left", ["Li Lund"]),
        ("change=first", []),
        ("change=left", ["Bo Berg"]),
        ("decided=yes", ["Bo Berg"]),
        ("decided=no", ["Eva Ek", "Li Lund"]),
        ("page=no-number", ["Eva Ek", "Bo Berg", "Li Lund"]),
    ],
)
def test_people_are_found_by_what_is_asked(hanna: Client, reviewed: Reviewed, query: str, found: list[str]) -> None:
    reviewed.conflict("Eva Ek", "7")
    reviewed.conflict("Bo Berg", "8", work_email={"change": Change.LEFT, "decision": Decision.LEFT})
    reviewed.conflict("Li Lund", "9", phone={"change": Change.FIRST, "left": None})

    people = hanna.get(reviewed.address("conflicts", query=query)).context["people"]

    assert [person.row.label for person in people] == found


def test_fifty_people_stand_on_a_page(hanna: Client, reviewed: Reviewed) -> None:
    for number in range(51):
        reviewed.conflict(f"Eva Ek{number}", str(number))

    first = hanna.get(reviewed.address("conflicts")).context
    second = hanna.get(reviewed.address("conflicts", query="page=2")).context

    assert (len(first["people"]), len(second["people"])) == (50, 1)


@pytest.mark.parametrize("data", [{"many": "nonsense"}, {"person": "x:left"}, {"only": "99999999"}, {"shown": "x"}])
def test_nonsense_decides_nothing(hanna: Client, reviewed: Reviewed, data: dict[str, str]) -> None:
    row = reviewed.conflict("Eva Ek", "7")

    assert hanna.post(reviewed.address("conflicts"), data, follow=True).status_code in (200, 404)

    assert decision_of(row) == Decision.OPEN


def test_nothing_is_decided_once_somebody_has_approved(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.conflict("Eva Ek", "7")
    opened = hanna.get(reviewed.address("conflicts"))
    SyncRun.objects.update(state=SyncRun.State.APPROVED)

    page = text_of(choose(hanna, reviewed, row, "left", page=opened))

    assert decision_of(row) == Decision.OPEN
    assert "does not wait for decisions any more" in page
