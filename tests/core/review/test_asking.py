"""*Ask for all by name*: what the review says of many missing people, and the button that has them asked for."""

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from integrations.core.models import SyncRow, SyncRun
from tests.core.admin.pages import text_of
from tests.core.review.conftest import SignIn
from tests.core.review.filling import Reviewed
from tests.pages import buttons_of, press

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.core.review.addresses"),
    pytest.mark.behaviour("G-24", "G-16"),
]
Kind, State = SyncRow.Kind, SyncRow.State
BUTTON = "Ask for all by name"


@pytest.fixture
def lacking(reviewed: Reviewed) -> Reviewed:
    """A review of a list that lacks three linked people."""
    for number in range(1, 4):
        reviewed.linked(f"Eva Ek{number}", f"7{number}", kind=Kind.NOT_LISTED, reason="The list lacks this person.")
    SyncRun.objects.update(counts={**reviewed.run.counts, "not_listed": 3, "complete": False})
    return reviewed


@pytest.mark.parametrize("page", ["conflicts", "unclear", "missing", "confirm"])
def test_every_page_says_how_many_are_missing_why_and_what_to_do(hanna: Client, lacking: Reviewed, page: str) -> None:
    shown = hanna.get(lacking.address(page))

    said = text_of(shown)
    assert "3 linked people are missing from the list of Fortnox" in said
    assert "nobody is taken for gone yet" in said
    assert "Nothing is written or deleted by asking" in said
    assert BUTTON in buttons_of(shown)


def test_pressing_it_rings_once_and_says_that_it_goes_on(
    hanna: Client, lacking: Reviewed, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as rings:
        answered = press(hanna, hanna.get(lacking.address("unclear")), BUTTON, follow=True)

    said = text_of(answered)
    assert "Asked for 0 of 3" in said
    assert "being asked for each of them by name" in said
    assert BUTTON not in buttons_of(answered)
    assert len(rings) == 1


def test_how_far_it_is_comes_by_itself(hanna: Client, lacking: Reviewed) -> None:
    press(hanna, hanna.get(lacking.address("unclear")), BUTTON)
    SyncRow.objects.filter(label="Eva Ek1").update(kind=Kind.GONE)

    part = hanna.get(lacking.address("ask"), headers={"HX-Request": "true"})

    assert "Asked for 1 of 3" in text_of(part)
    assert 'hx-trigger="every 2s"' in part.content.decode()


def test_the_result_is_told_in_numbers(hanna: Client, lacking: Reviewed) -> None:
    press(hanna, hanna.get(lacking.address("unclear")), BUTTON)
    SyncRow.objects.filter(label__in=["Eva Ek1", "Eva Ek2"]).update(kind=Kind.GONE)
    SyncRow.objects.filter(label="Eva Ek3").update(state=State.HELD)

    page = hanna.get(lacking.address("unclear"))

    assert "Gone: 2. There after all, or without an answer: 1." in text_of(page)
    assert "every 2s" not in page.content.decode()
    assert "Compare again" in buttons_of(page)


def test_what_it_waits_for_is_told(hanna: Client, lacking: Reviewed) -> None:
    press(hanna, hanna.get(lacking.address("unclear")), BUTTON)
    run = SyncRun.objects.get()
    run.options["ask_all"]["error"] = "It is out of order."
    run.save()

    assert "tried again by itself: It is out of order" in text_of(hanna.get(lacking.address("missing")))


@pytest.mark.parametrize(("name", "status"), [("petra", 403), ("stina", 403)])
def test_only_whoever_runs_synchronisations_has_them_asked_for(
    sign_in: SignIn, lacking: Reviewed, name: str, status: int
) -> None:
    client = sign_in(name)
    assert client.post(lacking.address("ask")).status_code == status
    assert client.get(lacking.address("ask")).status_code == status
    assert "ask_all" not in SyncRun.objects.get().options


def test_looking_asks_for_nobody(hanna: Client, lacking: Reviewed) -> None:
    hanna.get(lacking.address("ask"))
    assert "ask_all" not in SyncRun.objects.get().options


def test_where_nobody_is_missing_there_is_nothing_to_ask(hanna: Client, reviewed: Reviewed) -> None:
    assert hanna.get(reviewed.address("ask")).status_code == 404
    assert hanna.post(reviewed.address("ask")).status_code == 404
    assert BUTTON not in buttons_of(hanna.get(reviewed.address("unclear")))


def test_once_the_review_is_over_the_page_loads_anew(hanna: Client, lacking: Reviewed) -> None:
    SyncRun.objects.update(state=SyncRun.State.DONE)
    assert hanna.get(lacking.address("ask"), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@pytest.mark.behaviour("G-23")
def test_one_who_cannot_be_read_has_a_reason_and_no_button_that_links(hanna: Client, reviewed: Reviewed) -> None:
    reason = "Cannot be read: the working-time schedules by date. Correct it in the other system, then compare again."
    reviewed.row(Kind.UNREADABLE, "Bo Berg", left=reviewed.employee("Bo Berg"), right_id="12", reason=reason)
    reviewed.row(Kind.UNREADABLE, "A record without a name", reason="This entry holds nothing that can be read.")

    page = hanna.get(reviewed.address("unclear", query="kind=unreadable"))

    said = text_of(page)
    assert all(text in said for text in ("Bo Berg", reason, "A record without a name", "nothing that can be read"))
    assert not {"These two are one person", "Let go, to create anew"} & set(buttons_of(page))
    assert "This is … (search)" not in said
