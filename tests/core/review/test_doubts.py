"""What the hub does not take, and what somebody should look at, stands beside the value (D-02, D-11, FX-21)."""

from typing import Any

import pytest
from django.test import Client

from integrations.core.models import SyncRow
from tests.core.admin.pages import text_of
from tests.core.review.filling import Reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Kind = SyncRow.Kind
LIKELY = "It most likely says “Björn”"
VALUES: dict[str, Any] = {
    "given_name": "BjÃ¶rn",
    "family_name": "Berg",
    "work_email": "bjorn@demo.example",
    "first_workday": "0204-01-15",
    "address": ["NULL", "11122", "Kil", "SE"],
}


@pytest.mark.behaviour("D-11")
def test_a_doubt_stands_beside_the_vendors_value(hanna: Client, reviewed: Reviewed) -> None:
    reviewed.conflict("Eva Ek", "7", given_name={"left": "Eva", "right": "BjÃ¶rn"})
    reviewed.conflict("Bo Berg", "8", given_name={"left": "BjÃ¶rn", "right": "Bo"})

    page = text_of(hanna.get(reviewed.address("conflicts")))

    # The hub's own values are looked through elsewhere.
    assert page.count(LIKELY) == 1


@pytest.mark.behaviour("D-02", "D-11", "G-05")
def test_what_stays_behind_and_what_is_doubtful_stands_beside_a_new_person_of_the_vendors(
    hanna: Client, reviewed: Reviewed
) -> None:
    row = reviewed.row(Kind.ONLY_RIGHT, "BjÃ¶rn Berg", right_id="12", options={"values": VALUES})

    listed = text_of(hanna.get(reviewed.address("missing", query="side=right")))
    alone = text_of(hanna.get(reviewed.address("creation", row.pk)))

    for page in (listed, alone):
        assert LIKELY in page
        assert "This day is before 1930." in page
        assert "A program wrote this where it had no value." in page
    assert "First workday stays behind: This day is before 1930." in listed


@pytest.mark.behaviour("D-02", "FX-21", "G-05")
def test_what_is_not_sent_with_a_new_person_of_the_hubs_stands_beside_the_name(
    hanna: Client, reviewed: Reviewed
) -> None:
    address = {"street": "Gatan 1 | 2", "postal_code": "11122", "city": "Kil", "country": "SE"}
    plain = reviewed.employee("Bo Berg", work_phone="+46701740605", **{**address, "street": "Gatan 1"})
    person = reviewed.employee("Eva Ek", work_phone="+46701740606", **address)
    protected = reviewed.employee("Ida Ihre", work_phone="+46701740607", **address, protected_identity=True)
    reviewed.row(Kind.ONLY_LEFT, "Bo Berg", left=plain)
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=person)
    reviewed.row(Kind.ONLY_LEFT, "Ida Ihre", left=protected)

    listed = text_of(hanna.get(reviewed.address("missing")))
    alone = text_of(hanna.get(reviewed.address("creation", row.pk)))

    told = "Street: Fortnox does not take the character “|” (vertical line)."
    assert listed.count(told) == 1
    assert f"Address stays behind: {told}" in listed
    assert told in alone


def test_a_tick_saved_as_it_is_made_keeps_what_is_told(hanna: Client, reviewed: Reviewed) -> None:
    row = reviewed.row(Kind.ONLY_RIGHT, "BjÃ¶rn Berg", right_id="12", options={"values": VALUES})
    data = {"only": row.pk, "shown": row.pk, "tick": row.pk, f"version-{row.pk}": row.version}

    page = text_of(hanna.post(reviewed.address("missing", query="side=right"), data))

    assert ("Saved." in page, LIKELY in page) == (True, True)


def test_a_long_list_is_told_of_in_as_many_queries_as_a_short_one(
    hanna: Client, reviewed: Reviewed, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        reviewed.row(Kind.ONLY_LEFT, f"Eva Ek{number}", left=reviewed.employee(f"Eva Ek{number}", city="Kil | 1"))
    with django_assert_max_num_queries(33):
        assert "vertical line" in text_of(hanna.get(reviewed.address("missing")))
