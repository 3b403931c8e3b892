"""FX-21: a character that comes into the hub after the review is told by field before anything is sent."""

from typing import Any

import pytest

from integrations.core.models import Connection
from integrations.core.problems import OPEN
from integrations.core.push.preparing import Preparer
from integrations.fortnox.characters import check_characters
from integrations.fortnox.countries import country_name
from integrations.fortnox.creation import CreationForm
from integrations.fortnox.unconfirmed import COUNTRY_LANGUAGE
from tests.core.push.conftest import _short_waits, both, connection
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEFT,
    apply_all,
    assert_in_step,
    change,
    create_all,
    decide,
    review,
    row_of,
)

__all__ = ["_short_waits", "both", "connection"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("FX-21")]
SIGN = "“|” (vertical line)"
EDITS = [
    ("given_name", {"given_name": "Anna|Maria"}, {"given_name": "Anna Maria"}, "Given name"),
    ("family_name", {"family_name": "Berg|Dahl"}, {"family_name": "Berg Dahl"}, "Family name"),
    ("address", {"street": "Gatan 1|2"}, {"street": "Gatan 2"}, "Address: Street"),
    ("address", {"city": "Kil|Grums"}, {"city": "Kil"}, "Address: City"),
]


def open_problems(both: Pushed) -> dict[str, str]:
    return {each.cause: each.message for each in both.problems() if each.state in OPEN}


@pytest.mark.parametrize(("name", "bad", "good", "says"), EDITS)
def test_an_edit_is_told_and_not_sent_and_goes_once_it_is_corrected(
    both: Pushed, name: str, bad: dict[str, str], good: dict[str, str], says: str
) -> None:
    employee = both.pair_active()
    change(employee, **bad, work_phone="+46701740605")
    both.push()

    # Everything else of the person goes.
    assert [set(each) for each in both.sent()] == [{"Phone1"}]
    assert set(open_problems(both)) == {f"field:{name}"}
    assert open_problems(both)[f"field:{name}"].startswith(f"{says}: ")
    assert SIGN in open_problems(both)[f"field:{name}"]

    change(employee, **good)
    both.push()
    assert open_problems(both) == {}
    assert_in_step(both.connection, 1)


def test_a_text_that_changes_between_reading_and_writing_is_looked_at_again(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.pair_active()
    ready = Preparer.ready

    def change_meanwhile(self: Preparer, *arguments: Any) -> None:
        monkeypatch.setattr(Preparer, "ready", ready)
        change(employee, family_name="Berg|Dahl")
        ready(self, *arguments)

    monkeypatch.setattr(Preparer, "ready", change_meanwhile)
    change(employee, family_name="Berg")
    both.push()

    assert both.writes() == []
    assert SIGN in open_problems(both)["field:family_name"]
    change(employee, family_name="Dahl")
    both.push()
    assert (open_problems(both), both.at_vendor("101")["LastName"]) == ({}, "Dahl")


def test_a_new_person_is_not_created_with_such_a_name(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    employee = both.hub(1, given_name="Anna|Maria")
    both.push()

    assert both.writes() == []
    assert open_problems(both)["cannot_create"].startswith("Given name: ")
    assert SIGN in open_problems(both)["cannot_create"]
    change(employee, given_name="Anna Maria")
    both.push()
    assert (open_problems(both), both.at_vendor("1")["FirstName"]) == ({}, "Anna Maria")


def test_a_new_person_is_created_without_such_an_address_and_that_is_told(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    employee = both.hub(1, city="Kil|Grums")
    both.push()

    assert ("Address1" in both.sent()[0], both.at_vendor("1")["City"]) == (False, "")
    assert set(open_problems(both)) == {"field:address"}
    assert SIGN in open_problems(both)["field:address"]

    change(employee, city="Kil")
    both.push()
    assert (open_problems(both), both.at_vendor("1")["City"]) == ({}, "Kil")


def test_the_address_of_a_protected_person_is_no_news(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    both.hub(1, city="Kil|Grums", protected_identity=True)
    both.push()
    assert (open_problems(both), len(both.writes())) == ({}, 1)


@pytest.mark.parametrize(("name", "bad", "good", "says"), EDITS)
def test_a_decided_text_that_changes_after_the_review_is_not_written(
    both: Pushed, name: str, bad: dict[str, str], good: dict[str, str], says: str
) -> None:
    employee = both.pair(1, given_name="Anna", family_name="Berg", city="Umeå")
    run = review(both.connection)
    decide(row_of(run), **{name: LEFT})
    change(employee, **bad)

    apply_all(run)

    row = row_of(run)
    assert (row.state, both.writes()) == ("moved", [])
    assert row.reason.startswith(f"{says}: ")
    assert SIGN in row.reason
    change(employee, **good)
    again = review(both.connection)
    for field in row_of(again).fields.all():
        decide(row_of(again), **{field.field: LEFT})
    apply_all(again)
    assert_in_step(both.connection, 1)


def test_a_new_person_whose_name_changes_after_the_review_is_not_created(both: Pushed) -> None:
    employee = both.hub(1)
    run = review(both.connection)
    create_all(run)
    change(employee, given_name="Anna|Maria")

    apply_all(run)

    assert both.writes() == []
    assert SIGN in row_of(run).reason
    change(employee, given_name="Anna")
    again = review(both.connection)
    create_all(again)
    apply_all(again)
    assert both.at_vendor("1")["FirstName"] == "Anna"


def test_a_new_person_whose_address_changes_after_the_review_is_created_without_it(both: Pushed) -> None:
    employee = both.hub(1)
    run = review(both.connection)
    create_all(run)
    change(employee, city="Kil|Grums")

    apply_all(run)

    assert "City" not in both.sent()[0]
    assert "Address was not sent: City: " in row_of(run).reason
    assert SIGN in row_of(run).reason


def test_the_schedule_of_new_people_is_looked_through_where_it_is_typed() -> None:
    typed = {"employment_form": "TV", "salary_form": "MAN", "personnel_type": "TJM"}
    refused = CreationForm({**typed, "schedule_id": "HEL|1"})
    assert SIGN in str(refused.errors["schedule_id"])
    assert CreationForm({**typed, "schedule_id": "HÖL-1"}).is_valid()


@pytest.mark.parametrize("code", ["CI", "ST", "CG", "CD", "KN", "HK", "MO", "BL", "TL", "CW", "RE", "XK", "BA", "GS"])
def test_the_names_of_countries_are_taken(code: str) -> None:
    assert check_characters(country_name(code, language=COUNTRY_LANGUAGE)) is None
