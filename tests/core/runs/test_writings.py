"""What looks equal is equal: another writing of a value is in step, makes no second person, and is not written."""

import unicodedata
from typing import Any

import pytest

from employees.models import Employee
from integrations.core.hub.endpoint import hub_people
from integrations.core.models import Connection, SyncRow
from tests.core.runs.both_sides import (
    LEFT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create_all,
    decide,
    review,
    row_of,
)

Kind = SyncRow.Kind
pytestmark = pytest.mark.behaviour("D-01")


def apart(text: str) -> str:
    """Return the text with its letters in two parts, as files from a Mac have them."""
    return unicodedata.normalize("NFD", text)


WRITINGS: list[Any] = [
    pytest.param({"FirstName": apart("Åsa")}, {"given_name": "Åsa"}, id="a decomposed name"),
    pytest.param({"LastName": "\u00d6\u00adberg"}, {"family_name": "Öberg"}, id="a soft hyphen"),
    pytest.param({"FirstName": "Anna\u200b"}, {"given_name": "Anna"}, id="a zero-width space"),
    pytest.param({"FirstName": "\ufeffAnna"}, {"given_name": "Anna"}, id="a byte order mark"),
    pytest.param({"FirstName": "Anna  Maria"}, {"given_name": "Anna Maria"}, id="two spaces"),
    pytest.param({"FirstName": "Anna\u00a0Maria"}, {"given_name": "Anna Maria"}, id="a hard space"),
    pytest.param({"FirstName": "Anna\nMaria"}, {"given_name": "Anna Maria"}, id="a line break"),
    pytest.param({"FirstName": "Karl\u2011Erik"}, {"given_name": "Karl-Erik"}, id="a hard hyphen"),
    pytest.param({"City": apart("Malmö")}, {"city": "Malmö"}, id="a decomposed city"),
    pytest.param({"City": "MALMÖ"}, {"city": "Malmö"}, id="capitals"),
    pytest.param({"Address1": "Gatan 1\u200e"}, {"street": "Gatan 1"}, id="a mark of direction"),
    pytest.param({"Address1": "Gatan 1\r\nLgh 2"}, {"street": "Gatan 1 Lgh 2"}, id="a street of two lines"),
    pytest.param(
        {"Country": apart("Österrike"), "PostCode": "1010"}, {"country": "AT", "postal_code": "1010"}, id="a country"
    ),
    pytest.param({"Country": "Republic of Kosovo", "PostCode": "10000"}, {"country": "XK", "postal_code": "10000"}),
    pytest.param({"PostCode": "SE-111 22"}, {"postal_code": "11122"}, id="a country before the postal code"),
    pytest.param({"Country": "Polen", "PostCode": "00950"}, {"country": "PL", "postal_code": "00-950"}),
    pytest.param({"Phone1": "\u202a+46 70‑174 00 01\u202c"}, {"work_phone": "+46701740001"}, id="a phone"),
    pytest.param({"EmploymentDate": "2020-01-01T00:00:00"}, {}, id="a date with a time"),
    pytest.param({"EmploymentDate": "2019-12-31T23:00:00Z"}, {}, id="a date with a time and a zone"),
    pytest.param({"Email": "P1\u200b@Demo.Example"}, {}, id="an e-mail"),
]


@pytest.mark.parametrize(("vendor", "hub"), WRITINGS)
def test_another_writing_is_in_step_at_the_first_comparison(
    connection: Connection, both: BothSides, vendor: dict[str, str], hub: dict[str, str]
) -> None:
    both.pair(1, vendor=vendor, **hub)
    both.pair(2)

    run = review(connection)

    assert (run.counts["equal"], run.counts["rows"]) == (2, 0)
    apply_all(run)
    assert_in_step(connection, 2)
    assert both.writes() == []
    assert both.at_vendor("101").items() >= vendor.items()


@pytest.mark.behaviour("D-10", "G-10")
@pytest.mark.parametrize(
    ("hub", "vendor"),
    [
        ("p1@företag.se", "p1@xn--fretag-wxa.se"),
        ("p1@företag.se", "P1@XN--FRETAG-WXA.SE"),
        ("p1@företag.se", "p1@FÖRETAG.se"),
        ("p1@företag.se", apart("p1@företag.se")),
        ("p1@xn--fretag-wxa.se", "p1@företag.se"),
        ("p1@bücher.example", "p1@xn--bcher-kva.example"),
        ("p1@straße.example", "p1@xn--strae-oqa.example"),
    ],
)
def test_an_address_in_the_domains_other_writing_is_the_same_person(
    connection: Connection, both: BothSides, hub: str, vendor: str
) -> None:
    both.pair(1, vendor={"Email": vendor}, work_email=hub)
    both.pair(2)

    run = review(connection)
    create_all(run)
    apply_all(run)

    assert (run.counts["equal"], run.counts["rows"]) == (2, 0)
    assert Employee.objects.count() == 2
    assert both.writes() == []


def test_two_people_with_one_address_in_two_writings_are_told(connection: Connection, both: BothSides) -> None:
    both.vendor(1, Email="p1@företag.se")
    both.vendor(2, Email="p1@xn--fretag-wxa.se")

    run = review(connection)

    assert set(SyncRow.objects.filter(run=run).values_list("kind", flat=True)) == {Kind.DUPLICATE}


@pytest.mark.behaviour("G-05")
def test_a_name_that_nobody_sees_is_none(connection: Connection, both: BothSides) -> None:
    both.vendor(1, FirstName="\u200b", LastName="\u2060\ufeff")

    run = review(connection)

    row = row_of(run, right_id="101")
    assert (row.kind, row.reason) == (Kind.CANNOT_SEND, "Given name is missing.")
    create_all(run)
    apply_all(run)
    assert not Employee.objects.exists()


@pytest.mark.behaviour("G-05")
def test_the_same_birth_and_name_in_another_writing_holds_the_person(connection: Connection, both: BothSides) -> None:
    both.hub(1, given_name="Åsa", family_name="Öberg", national_id="5501019805", national_id_country="SE")
    both.vendor(2, FirstName=apart("Åsa"), LastName="Öberg\u200b", PersonalIdentityNumber="550101\u20119805")

    run = review(connection)

    assert SyncRow.objects.filter(run=run).exclude(hold_reason="").count() == 2


@pytest.mark.parametrize(
    ("field", "stored", "asked"),
    [
        ("work_email", "åsa@företag.se", "ÅSA@xn--fretag-wxa.se"),
        ("work_email", "åsa@företag.se", apart("Åsa@företag.se")),
        ("work_email", "asa@example.se", " ASA@Example.se\u200b"),
        ("employment_id", "Å-7", apart("Å-7")),
        ("employment_id", "10 01", "1001"),
        ("employment_id", "1001", "１００１"),
    ],
)
def test_whoever_holds_a_value_in_another_writing_is_found(
    connection: Connection, both: BothSides, field: str, stored: str, asked: str
) -> None:
    employee = both.hub(1, **{field: stored})
    both.hub(2, **{field: ""})

    people = hub_people(connection=connection, resource="employees")

    assert people.holders(field, asked) == [str(employee.pk)]
    assert people.holders(field, f"x{asked}") == []
    assert people.holders(field, "\u200b") == []


@pytest.mark.behaviour("G-10")
def test_somebody_added_to_the_hub_meanwhile_in_another_writing_is_not_doubled(
    connection: Connection, both: BothSides
) -> None:
    both.vendor(1, Email="p1@xn--fretag-wxa.se")
    run = review(connection)
    create_all(run)
    both.hub(1, work_email="p1@företag.se", employment_id="101")

    run = apply_all(run)

    assert row_of(run, right_id="101").state == SyncRow.State.MOVED
    assert Employee.objects.count() == 1
    assert review(connection).counts["equal"] == 1


def test_what_is_written_is_canonical_whatever_the_hub_still_holds(connection: Connection, both: BothSides) -> None:
    # Stored before values had one way in: nothing of it was cleaned.
    employee = both.pair(1, given_name=f"{apart('Åsa')}\u200b  Maria", city=apart("Malmö"))
    run = review(connection)
    decide(row_of(run, left=employee), given_name=LEFT, address=LEFT)

    run = apply_all(run)

    assert [(sent["FirstName"], sent["City"]) for sent in both.sent()] == [("Åsa Maria", "Malmö")]
    assert_in_step(connection, 1)


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("country", "postal_code", "name"),
    [
        ("PL", "00-950", "Polen"),
        ("PT", "1000-205", "Portugal"),
        ("US", "12345-6789", "USA"),
        ("JP", "100-0001", "Japan"),
        ("BR", "01310-100", "Brasilien"),
        ("KY", "KY1-1100", "Caymanöarna"),
        ("XK", "10000", "Kosovo"),
        ("GB", "SW1A 1AA", "Storbritannien"),
    ],
)
def test_a_postal_code_is_sent_in_its_countrys_form_and_comes_back(
    connection: Connection, both: BothSides, country: str, postal_code: str, name: str
) -> None:
    employee = both.pair(1)
    change(employee, country=country, postal_code=postal_code)
    run = review(connection)
    decide(row_of(run, left=employee), address=LEFT)

    apply_all(run)

    held = both.at_vendor("101")
    assert (held["PostCode"], held["Country"]) == (postal_code, name)
    assert_in_step(connection, 1)
