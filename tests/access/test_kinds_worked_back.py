"""What kind an absence is cannot be worked back from whether somebody had to decide on it (PR-01, G-32)."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from absences.models import Absence
from tests.access.signing_in import text_of
from tests.access.test_privacy import ABSENCES, absence_of_team, choose, manager_of, page_of
from tests.access.world import signed_in
from tests.factories import AbsenceFactory, AbsenceTypeFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("PR-01", "G-32")]
ASKING = [{"decided_by__isnull": "True"}, {"decided_at__isnull": "1"}, {"decided_by": "1"}]


def two_absences() -> tuple[Absence, Absence]:
    """Return one that the manager approves, and one that nobody had to: of the same person and length."""
    decided = absence_of_team("NL", start="2026-03-02", end="2026-03-02", status="requested", decided_at=None)
    by_rule = AbsenceFactory.create(
        employee=decided.employee,
        type=AbsenceTypeFactory.create(name="Sick", needs_approval=False),
        start="2026-03-09",
        end="2026-03-09",
        status="approved",
        decided_at=timezone.now(),
        note="",
    )
    return decided, by_rule


def alike(text: str) -> str:
    """Return a text without the days by which two absences differ anyhow."""
    return re.sub(r"\d+", "#", text)


def test_what_was_decided_and_what_never_had_to_be_look_alike_to_whoever_sees_away() -> None:
    decided, by_rule = two_absences()
    manager = manager_of(decided)
    press(manager, manager.get(page_of(decided)), "Approve")

    pages = [text_of(manager.get(page_of(each))).partition("Decision")[2] for each in (decided, by_rule)]
    histories = [
        text_of(manager.get(reverse("admin:absences_absence_history", args=[each.pk]))) for each in (decided, by_rule)
    ]

    assert alike(pages[0]) == alike(pages[1])
    assert [("mats" in text, "by rule" in text) for text in pages] == [(False, False)] * 2
    assert ["Approved" in text for text in histories] == [False, False]
    rows = re.findall(r"Lund.*?Approved (.*?)(?=Lund|$)", text_of(manager.get(ABSENCES)))
    assert ["mats, " in row or "no approval needed" in row for row in rows] == [False] * len(rows)
    choose(decided.employee.company, managers_see_kinds="no")
    assert "mats" in text_of(signed_in("HR admin").get(page_of(decided))).partition("Decision")[2]


@pytest.mark.parametrize("query", ASKING)
def test_no_list_is_asked_who_decided_by_whoever_sees_away(query: dict[str, str]) -> None:
    decided, _by_rule = two_absences()

    assert manager_of(decided).get(ABSENCES, query).status_code == 400
    assert signed_in("HR admin").get(ABSENCES, query).status_code == 200


def test_no_list_is_sorted_by_who_decided_for_whoever_sees_away() -> None:
    decided, _by_rule = two_absences()
    manager, hr = manager_of(decided), signed_in("HR admin")

    links = [re.findall(r"[?&]o=-?(\d+)", client.get(ABSENCES).content.decode()) for client in (manager, hr)]
    column = str(list(hr.get(ABSENCES).context["cl"].list_display).index("decision"))
    assert [column in found for found in links] == [False, True]
