"""Every page of the review takes the same number of queries for few people as for many (invariant 18)."""

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations.core.models import SyncRow
from tests.core.review.filling import Reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Kind = SyncRow.Kind


def add(reviewed: Reviewed, numbers: range) -> None:
    for number in numbers:
        reviewed.conflict(f"Eva Ek{number}", f"c{number}")
        reviewed.row(Kind.ONLY_LEFT, f"Bo Berg{number}", left=reviewed.employee(f"Bo Berg{number}"))
        reviewed.row(Kind.ONLY_RIGHT, f"Li Lund{number}", right_id=f"r{number}")
        reviewed.row(Kind.AMBIGUOUS, f"Per Palm{number}", right_id=f"a{number}", reason=f"Could be Bo Berg{number}.")


@pytest.mark.parametrize(
    "page",
    [
        "conflicts?",
        "conflicts?name=eva&field=phone&decided=no",
        "unclear?",
        "missing?",
        "missing?side=right",
        "confirm?",
    ],
)
def test_no_page_takes_more_queries_for_more_people(hanna: Client, reviewed: Reviewed, page: str) -> None:
    name, _mark, query = page.partition("?")
    address = reviewed.address(name, query=query)
    add(reviewed, range(3))
    hanna.get(address)
    with CaptureQueriesContext(database) as few:
        hanna.get(address)
    add(reviewed, range(3, 60))

    with CaptureQueriesContext(database) as many:
        hanna.get(address)

    assert len(many) == len(few) <= 30
