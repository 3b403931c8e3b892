"""Problems, and the pages of a review."""

import pytest
from django.test import Client
from django.utils import timezone

from employees.models import Employee
from integrations.core.models import Link, Problem, SyncRow, SyncRun
from tests.core.review.filling import Reviewed, review_of
from tests.pages import press
from tests.shown.asked import Asked, asks, edit, page, person_page, review_page

Kind = SyncRow.Kind


# --- Problems -------------------------------------------------------------------------------------------


def problems(reviewed: Reviewed, count: int) -> list[Problem]:
    now = timezone.now()
    return [
        Problem.objects.create(
            connection=reviewed.run.connection,
            resource="employees",
            left_id=str(reviewed.employee(f"Eva Ek{number}").pk),
            label=f"Eva Ek{number}",
            action="update",
            cause="Refused:1",
            message="The clearing number is unknown.",
            first_at=now,
            last_at=now,
        )
        for number in range(count)
    ]


def problem_states() -> list[str]:
    return list(Problem.objects.order_by("pk").values_list("state", flat=True))


def dismiss_one(client: Client, problem: Problem) -> None:
    opened = client.get(page("core_problem_change", problem.pk))
    press(client, opened, "action=dismiss", {"reason": "Mended there."})


@asks("core/admin/problem_group.html", "try again")
def retrying_many(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    several = problems(review_of(), 3)
    return Asked(
        open=lambda: hanna.get(page("core_problem_changelist")),
        change=lambda: dismiss_one(henrik, several[0]),
        button="action=retry",
        holding={"cause": "Refused:1"},
        state=problem_states,
    )


@asks("core/admin/problem_group.html", "dismiss")
def dismissing_many(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    several = problems(review_of(), 3)
    return Asked(
        open=lambda: hanna.get(page("core_problem_changelist")),
        change=lambda: dismiss_one(henrik, several[0]),
        button="action=dismiss",
        changes={"reason": "They stay so."},
        holding={"cause": "Refused:1"},
        state=problem_states,
    )


@asks("core/admin/problem_actions.html")
def dismissing_one(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    (problem,) = problems(review_of(), 1)
    return Asked(
        open=lambda: hanna.get(page("core_problem_change", problem.pk)),
        change=lambda: press(henrik, henrik.get(page("core_problem_change", problem.pk)), "action=retry"),
        button="action=dismiss",
        changes={"reason": "It stays so."},
        state=problem_states,
    )


# --- A review -------------------------------------------------------------------------------------------


def held(reviewed: Reviewed) -> tuple[SyncRow, SyncRow]:
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=reviewed.employee("Eva Ek"), hold_reason="May be Eva Eng: …")
    return row, reviewed.row(Kind.ONLY_RIGHT, "Eva Eng", right_id="13")


@asks("core/review/unclear.html", "the person was edited")
def leaving(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    person = reviewed.employee("Eva Ek")
    row = reviewed.row(Kind.AMBIGUOUS, "Eva Ek", left=person, reason="Could be any of several people.")
    return Asked(
        open=lambda: hanna.get(review_page(reviewed, "unclear")),
        change=lambda: edit(henrik, person, work_email="another@demo.example"),
        button="answer=leave",
        holding={"row": row.pk},
        state=lambda: SyncRow.objects.get(pk=row.pk).decision,
    )


@asks("core/review/unclear.html", "somebody answered")
def disconnecting_gone(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    row = reviewed.linked("Eva Ek", "7", kind=Kind.GONE, reason="Gone from the other system.")
    return Asked(
        open=lambda: hanna.get(review_page(reviewed, "unclear")),
        change=lambda: press(
            henrik, henrik.get(review_page(reviewed, "unclear")), "answer=leave", holding={"row": row.pk}
        ),
        button="answer=disconnect",
        holding={"row": row.pk},
        state=lambda: Link.objects.get().state,
    )


@asks("core/review/match.html")
def matching(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    row, other = held(reviewed)
    sandbox = request.getfixturevalue("matched_by_hand")
    return Asked(
        open=lambda: hanna.get(review_page(reviewed, "match", row.pk, query="name=eva")),
        change=lambda: edit(henrik, Employee.objects.get(), work_email="another@demo.example"),
        button="These two are one person",
        changes={"other": str(other.pk)},
        state=lambda: list(sandbox),
    )


@asks("core/review/creation.html")
def creating(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    person = reviewed.employee("Eva Ek")
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=person)
    return Asked(
        open=lambda: hanna.get(review_page(reviewed, "creation", row.pk)),
        change=lambda: edit(henrik, person, work_phone="+46701740699"),
        button="Save",
        changes={"employment_form": "TID", "salary_form": "MAN", "personnel_type": "TJM", "schedule_id": "HEL"},
        state=lambda: SyncRow.objects.get(pk=row.pk).options,
    )


@asks("core/review/asking.html")
def asking_by_name(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    rows = [reviewed.linked(f"Eva Ek{number}", str(number), kind=Kind.NOT_LISTED) for number in range(2)]
    SyncRun.objects.update(counts={**reviewed.run.counts, "not_listed": 2})
    address = review_page(reviewed, "unclear")
    return Asked(
        open=lambda: hanna.get(address),
        change=lambda: disconnect_from_review(henrik, rows[0]),
        button="Ask for all by name",
        state=lambda: SyncRun.objects.get().options,
    )


def disconnect_from_review(client: Client, row: SyncRow) -> None:
    assert row.link is not None
    press(client, client.get(person_page(row.link, "disconnect")), "Disconnect")


@asks("core/review/overwriting.html")
def overwriting(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    rows = [reviewed.row(Kind.ONLY_LEFT, name, left=reviewed.employee(name)) for name in ("Eva Ek", "Bo Berg")]
    address = review_page(reviewed, "missing")

    def tick(*ticked: SyncRow) -> None:
        press(henrik, henrik.get(address), "Save choices", {"tick": [str(row.pk) for row in ticked]})

    tick(rows[0])
    return Asked(
        open=lambda: press(hanna, hanna.get(address), "Tick nobody"),
        change=lambda: tick(*rows),
        button="Overwrite theirs too",
        state=lambda: list(SyncRow.objects.order_by("pk").values_list("decision", flat=True)),
    )
