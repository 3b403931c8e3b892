"""Every page of the review takes the same number of queries for few people as for many (invariant 18)."""

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from employees.models import Employee
from integrations.core.models import SyncField, SyncRow
from tests.core.review.filling import Reviewed
from tests.factories import CompanyFactory

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

    assert len(many) == len(few) <= 33


@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize("page", ["confirm", "conflicts"])
def test_no_page_takes_more_queries_for_more_people_who_are_gone(hanna: Client, reviewed: Reviewed, page: str) -> None:
    other = CompanyFactory.create(name="Annat AB")

    def add_gone(numbers: range) -> None:
        rows = [
            reviewed.conflict(f"Eva Ek{number}", f"c{number}", phone={"decision": SyncField.Decision.LEFT})
            for number in numbers
        ]
        for number, person in enumerate(Employee.objects.filter(pk__in=[row.left_id for row in rows])):
            person.company, person.protected_identity = (other, False) if number % 2 else (person.company, True)
            person.save()

    address = reviewed.address(page)
    add_gone(range(4))
    hanna.get(address)
    with CaptureQueriesContext(database) as few:
        hanna.get(address)
    add_gone(range(4, 40))

    with CaptureQueriesContext(database) as many:
        told = hanna.get(address)

    assert len(many) == len(few) <= 43
    assert "The person belongs to" in told.content.decode()


@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize("page", ["confirm", "missing"])
def test_no_page_takes_more_queries_for_more_people_with_a_national_id_that_others_came_to(
    hanna: Client, reviewed: Reviewed, page: str
) -> None:
    def add_shared(numbers: range) -> None:
        for number in numbers:
            about = {"national_id": f"19900101-{number:04d}", "national_id_country": "SE"}
            new = reviewed.employee(f"Bo Berg{number}", **about)
            reviewed.row(Kind.ONLY_LEFT, f"Bo Berg{number}", left=new, decision=SyncRow.Decision.CREATE)
            reviewed.employee(f"Eva Ek{number}", **about)

    address = reviewed.address(page)
    add_shared(range(4))
    hanna.get(address)
    with CaptureQueriesContext(database) as few:
        hanna.get(address)
    add_shared(range(4, 40))

    with CaptureQueriesContext(database) as many:
        told = hanna.get(address)

    assert len(many) == len(few) <= 43
    assert "Not created: the same national ID in the hub as" in told.content.decode()
