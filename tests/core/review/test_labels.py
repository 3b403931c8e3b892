"""Namesakes in a review, in its report and in mails: whoever decides sees which of them is meant."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from employees.models import Employee
from integrations.core.hub.labels import label_problems, label_rows
from integrations.core.models import Problem, SyncField, SyncRow
from integrations.core.report import build_report, report_text
from tests.core.review.filling import Reviewed
from tests.factories import DepartmentFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.core.review.addresses"),
    pytest.mark.behaviour("G-26"),
]
Kind = SyncRow.Kind


@pytest.fixture
def annas(reviewed: Reviewed) -> list[Employee]:
    """Two of one name; the second has left."""
    finance = DepartmentFactory.create(company=reviewed.company, name="Finance")
    return [
        reviewed.employee("Anna Berg", employment_id="101", department=finance),
        reviewed.employee("Anna Berg", employment_id="102", last_workday=date(2025, 3, 31)),
    ]


LABELS = ("Anna Berg (101, Finance)", "Anna Berg (102, left on 2025-03-31)")


def test_the_pages_of_the_review_tell_namesakes_apart(hanna: Client, reviewed: Reviewed, annas: list[Employee]) -> None:
    for anna in annas:
        reviewed.row(Kind.ONLY_LEFT, "Anna Berg", left=anna, decision=SyncRow.Decision.CREATE)
    reviewed.row(Kind.ONLY_RIGHT, "Anna Berg", right_id="4711", decision=SyncRow.Decision.CREATE)

    missing = hanna.get(reviewed.address("missing")).content.decode()
    confirm = hanna.get(reviewed.address("confirm")).content.decode()

    for label in LABELS:
        assert label in missing
        assert label in confirm
    assert "Anna Berg (number there: 4711)" in confirm


def test_a_conflict_says_whose_it_is(hanna: Client, reviewed: Reviewed, annas: list[Employee]) -> None:
    for anna in annas:
        row = reviewed.row(Kind.DIFFERS, "Anna Berg", left=anna, right_id=str(anna.pk))
        SyncField.objects.create(row=row, field="phone", left="+46701740605", right="+46701740606")

    page = hanna.get(reviewed.address("conflicts")).content.decode()

    assert all(label in page for label in LABELS)


@pytest.mark.parametrize("name", ["missing", "unclear", "conflicts"])
def test_somebody_is_found_by_what_tells_namesakes_apart(
    hanna: Client, reviewed: Reviewed, annas: list[Employee], name: str
) -> None:
    kind = {"missing": Kind.ONLY_LEFT, "unclear": Kind.GONE, "conflicts": Kind.DIFFERS}[name]
    for anna in annas:
        row = reviewed.row(kind, "Anna Berg", left=anna, right_id="" if name == "missing" else str(anna.pk))
        SyncField.objects.create(row=row, field="phone", left="+46701740605", right="+46701740606")

    found = hanna.get(reviewed.address(name, query="name=Berg+102")).content.decode()

    assert LABELS[1] in found
    assert LABELS[0] not in found


def test_the_report_tells_namesakes_apart_and_of_a_protected_identity_the_name_alone(
    reviewed: Reviewed, annas: list[Employee]
) -> None:
    hidden = reviewed.employee("Anna Berg", employment_id="103", protected_identity=True)
    for anna in (*annas, hidden):
        reviewed.row(Kind.ONLY_LEFT, "Anna Berg", left=anna, state=SyncRow.State.SKIPPED)

    text = report_text(build_report(run=reviewed.run))

    assert all(label in text for label in LABELS)
    assert "103" not in text


def test_a_mail_about_a_problem_says_whose_it_is(reviewed: Reviewed, annas: list[Employee]) -> None:
    now = timezone.now()
    problems = [
        Problem.objects.create(
            connection=reviewed.run.connection,
            resource="employees",
            left_id=str(anna.pk),
            label="Anna Berg",
            first_at=now,
            last_at=now,
        )
        for anna in annas
    ]

    assert tuple(label_problems(problems, mailed=True).values()) == LABELS


def test_rows_are_named_with_as_many_queries_however_many_there_are(
    reviewed: Reviewed, django_assert_max_num_queries: Any
) -> None:
    rows = [
        reviewed.row(Kind.ONLY_LEFT, "Anna Berg", left=reviewed.employee("Anna Berg", employment_id=f"E{number}"))
        for number in range(20)
    ]

    # The people, and of which company the run is.
    with django_assert_max_num_queries(2):
        label_rows(rows)

    assert len({row.shown for row in rows}) == 20
