"""A case at least for each page that shows and then asks: Hanna opens it, Henrik changes what it shows, Hanna presses.

Everything goes through rendered pages in two browsers; ``state`` is what a press would change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from absences.models import Absence, AbsenceType
from employees.models import BankAccount, Employee, ImportJob
from integrations.core.models import Connection, Link, Problem, SyncRow, SyncRun
from integrations.fortnox.models import AbsenceSwitch, AbsenceTypeMapping, ExistingAbsence, ExistingLook
from tests.core.review.filling import Reviewed, review_of
from tests.employees.transfer.files import preview
from tests.factories import AbsenceFactory, BankAccountFactory, EmployeeFactory
from tests.pages import press

Kind = SyncRow.Kind
Made = Callable[[pytest.FixtureRequest, Client, Client], "Asked"]
SCENARIOS: Final[dict[tuple[str, str], Made]] = {}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``open`` returns Hanna's page as it is now, ``change`` is what Henrik does."""

    open: Callable[[], Any]
    change: Callable[[], Any]
    button: str
    state: Callable[[], Any]
    changes: Mapping[str, Any] = field(default_factory=dict)
    holding: Mapping[str, Any] | None = None


def asks(template: str, case: str = "") -> Callable[[Made], Made]:
    def keep(made: Made) -> Made:
        SCENARIOS[template, case] = made
        return made

    return keep


def page(name: str, *args: Any, query: str = "") -> str:
    return reverse(f"admin:{name}", args=args) + (f"?{query}" if query else "")


def review_page(reviewed: Reviewed, name: str, *more: Any, query: str = "") -> str:
    run = reviewed.run
    return page(f"fortnox_fortnoxconnection_{name}", run.connection_id, run.pk, *more, query=query)


def connection_page(connection: Connection, name: str) -> str:
    return page(f"fortnox_fortnoxconnection_{name}", connection.pk)


def edit(client: Client, employee: Employee, **values: Any) -> None:
    answer = press(client, client.get(page("employees_employee_change", employee.pk)), "Save", values)
    assert answer.status_code == 302, "The person could not be saved."


def edit_absence(client: Client, absence: Absence, **values: Any) -> None:
    answer = press(client, client.get(page("absences_absence_change", absence.pk)), "Save", values)
    assert answer.status_code == 302, "The absence could not be saved."


def kind(code: str) -> AbsenceType:
    return AbsenceType.objects.get(code=code)


# --- Changes of many people -----------------------------------------------------------------------------


def change_together(hanna: Client, people: list[Employee]) -> Any:
    ticked = {"action": "change_together", "_selected_action": [person.pk for person in people]}
    chosen = press(hanna, hanna.get(page("employees_employee_changelist")), "Run", ticked, follow=True)
    values = {"last_workday_becomes": "set", "last_workday": "2031-06-30"}
    return press(hanna, chosen, "Show what it would do", values, follow=True)


def last_workdays() -> set[date | None]:
    return set(Employee.objects.values_list("last_workday", flat=True))


@asks("employees/together_confirm.html", "somebody was edited")
def together_edited(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    people = [reviewed.employee(name, last_workday=None) for name in ("Eva Ek", "Bo Berg")]
    return Asked(
        open=lambda: change_together(hanna, people),
        change=lambda: edit(henrik, people[0], city="Lund"),
        button="confirm",
        state=last_workdays,
    )


@asks("employees/together_confirm.html", "what goes elsewhere is held now")
def together_held(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    people = [reviewed.employee(name, last_workday=None) for name in ("Eva Ek", "Bo Berg")]
    for number, person in enumerate(people):
        Link.objects.create(
            connection=reviewed.run.connection,
            resource="employees",
            left_id=str(person.pk),
            right_id=str(number),
            pairs={"last_workday": [None, None, "settled"]},
            state=Link.State.ACTIVE,
        )
    return Asked(
        open=lambda: change_together(hanna, people),
        change=lambda: save_settings(henrik, reviewed.run.connection, push_limit=1),
        button="confirm",
        state=last_workdays,
    )


@asks("employees/import_confirm.html")
def importing(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    person, other = reviewed.employee("Eva Ek"), reviewed.employee("Bo Berg")
    lines = [["Work e-mail", "City"], [person.work_email, "Malmö"], [other.work_email, "Malmö"]]
    job = preview(reviewed.company, lines)
    return Asked(
        open=lambda: hanna.get(page("employees_importjob_change", job.pk)),
        change=lambda: edit(henrik, person, city="Lund"),
        button="Import",
        state=lambda: ImportJob.objects.get(pk=job.pk).state,
    )


# --- Absences -------------------------------------------------------------------------------------------


def choose_absences(hanna: Client, *absences: Absence) -> Any:
    ticked = {"action": "approve_chosen", "_selected_action": [absence.pk for absence in absences]}
    return press(hanna, hanna.get(page("absences_absence_changelist")), "Run", ticked, follow=True)


def statuses() -> list[str]:
    return list(Absence.objects.order_by("pk").values_list("status", flat=True))


@asks("absences/decide.html", "one was edited")
def approving(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = AbsenceFactory.create_batch(2, type=kind("vacation"))
    return Asked(
        open=lambda: choose_absences(hanna, first, second),
        change=lambda: edit_absence(henrik, first, end="2026-03-20"),
        button="Approve",
        state=statuses,
    )


@asks("absences/decide.html", "days outside the employment came")
def approving_outside(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = AbsenceFactory.create_batch(2, type=kind("vacation"))
    return Asked(
        open=lambda: choose_absences(hanna, first, second),
        change=lambda: edit(henrik, first.employee, last_workday="2026-03-03"),
        button="Approve",
        state=statuses,
    )


@asks("absences/decide_one.html")
def approving_one(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    absence = AbsenceFactory.create(type=kind("vacation"))
    return Asked(
        open=lambda: hanna.get(page("absences_absence_change", absence.pk)),
        change=lambda: edit_absence(henrik, absence, end="2026-03-20"),
        button="Approve",
        holding={"status": "approved"},
        state=statuses,
    )


# --- Deleting -------------------------------------------------------------------------------------------


def delete_chosen(hanna: Client, name: str, *records: Any) -> Any:
    ticked = {"action": "delete_selected", "_selected_action": [record.pk for record in records]}
    return press(hanna, hanna.get(page(f"{name}_changelist")), "Run", ticked, follow=True)


@asks("employees/delete_form.html", "chosen absences")
def deleted_absences(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = AbsenceFactory.create_batch(2)
    return Asked(
        open=lambda: delete_chosen(hanna, "absences_absence", first, second),
        change=lambda: edit_absence(henrik, first, grade="50"),
        button="Yes, I’m sure",
        state=Absence.objects.count,
    )


@asks("employees/delete_form.html", "one absence")
def deleted_absence(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    absence = AbsenceFactory.create()
    return Asked(
        open=lambda: hanna.get(page("absences_absence_delete", absence.pk)),
        change=lambda: edit_absence(henrik, absence, grade="50"),
        button="Yes, I’m sure",
        state=Absence.objects.count,
    )


@asks("employees/delete_form.html", "chosen people")
def deleted_people(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = EmployeeFactory.create_batch(2)
    return Asked(
        open=lambda: delete_chosen(hanna, "employees_employee", first, second),
        change=lambda: edit(henrik, first, city="Lund"),
        button="Yes, I’m sure",
        state=Employee.objects.count,
    )


@asks("employees/delete_form.html", "a bank account")
def deleted_account(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    account = BankAccountFactory.create()
    return Asked(
        open=lambda: hanna.get(page("employees_bankaccount_delete", account.pk)),
        change=lambda: edit(henrik, account.employee, city="Lund"),
        button="Yes, I’m sure",
        state=BankAccount.objects.count,
    )


# --- Fortnox: absence types, existing absences ----------------------------------------------------------


def sending_absences() -> Reviewed:
    reviewed = review_of()
    Connection.objects.update(settings={"create_absences": True})
    reviewed.run.connection.refresh_from_db()
    return reviewed


@asks("fortnox/absence_types_confirm.html", "an absence came")
def mapping(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = sending_absences()
    connection, person = reviewed.run.connection, reviewed.employee("Eva Ek")
    address, sick = connection_page(connection, "absence_types"), kind("sick_leave")
    added = {"employee": person.pk, "type": sick.pk, "start": "2026-03-04", "end": "2026-03-10"}
    return Asked(
        open=lambda: press(hanna, hanna.get(address), "Show what it would do", {f"cause_{sick.pk}": "SJK"}),
        change=lambda: press(henrik, henrik.get(page("absences_absence_add")), "Save", added),
        button="Save",
        state=AbsenceTypeMapping.objects.count,
    )


@asks("fortnox/absence_types_confirm.html", "somebody answered another type alike")
def mapping_answered(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    connection = sending_absences().run.connection
    address, sick = connection_page(connection, "absence_types"), kind("sick_leave")

    def ask(client: Client, cause: str) -> Any:
        return press(client, client.get(address), "Show what it would do", {f"cause_{sick.pk}": cause})

    return Asked(
        open=lambda: ask(hanna, "SJK"),
        change=lambda: press(henrik, ask(henrik, "TJL"), "Save"),
        button="Save",
        state=lambda: list(AbsenceTypeMapping.objects.filter(absence_type=sick).values_list("cause", flat=True)),
    )


@asks("fortnox/existing_found.html")
def existing(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = sending_absences()
    connection = reviewed.run.connection
    AbsenceSwitch.objects.update_or_create(connection=connection, defaults={"on_since": timezone.now()})
    before = timezone.now() - timedelta(days=3)
    absences = [
        AbsenceFactory.create(
            employee=reviewed.employee(name),
            type=kind("sick_leave"),
            start=date(2026, 3, 2),
            end=date(2026, 3, 6),
            status="approved",
            decided_at=before,
        )
        for name in ("Eva Ek", "Bo Berg")
    ]
    AbsenceTypeMapping.objects.create(
        connection=connection, absence_type=kind("sick_leave"), cause="SJK", changed_at=before
    )
    for right_id, absence in enumerate(absences, 501):
        Link.objects.create(
            connection=connection,
            resource="employees",
            left_id=str(absence.employee_id),
            right_id=str(right_id),
            state="active",
        )
    look = ExistingLook.objects.create(
        connection=connection, since=date(2026, 1, 1), state=ExistingLook.State.READY, read_at=timezone.now()
    )
    for right_id, absence in enumerate(absences, 501):
        ExistingAbsence.objects.create(
            look=look,
            absence_id=absence.pk,
            version=absence.version,
            employee_id=str(right_id),
            days=5,
            outcome=ExistingAbsence.Outcome.CREATE,
        )
    return Asked(
        open=lambda: hanna.get(connection_page(connection, "existing_absences")),
        change=lambda: edit_absence(henrik, absences[0], end="2026-03-20"),
        button="all=1",
        state=ExistingAbsence.objects.count,
    )


# --- A connection ---------------------------------------------------------------------------------------


def save_settings(client: Client, connection: Connection, **values: Any) -> None:
    opened = client.get(connection_page(connection, "settings"))
    answer = press(client, opened, "Save", values)
    assert answer.status_code == 302, "The settings could not be saved."


@asks("core/wizard/settings.html")
def settings_page(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    connection = review_of().run.connection
    return Asked(
        open=lambda: hanna.get(connection_page(connection, "settings")),
        change=lambda: save_settings(henrik, connection, push_limit=7),
        button="Save",
        changes={"label": "Another name"},
        state=lambda: Connection.objects.get().label,
    )


@asks("core/wizard/disconnect.html")
def disconnecting(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    connection = review_of().run.connection
    return Asked(
        open=lambda: hanna.get(connection_page(connection, "disconnect")),
        change=lambda: save_settings(henrik, connection, label="Another name"),
        button="Disconnect",
        state=lambda: Connection.objects.get().state,
    )


@asks("core/admin/run_cancel.html")
def cancelling(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    row = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=reviewed.employee("Eva Ek"))
    return Asked(
        open=lambda: hanna.get(review_page(reviewed, "cancel")),
        change=lambda: press(
            henrik, henrik.get(review_page(reviewed, "missing")), "Save choices", {"tick": str(row.pk)}
        ),
        button="Cancel the synchronisation",
        state=lambda: SyncRun.objects.get().state,
    )


# --- A person's links -----------------------------------------------------------------------------------


def person_page(link: Link, name: str) -> str:
    return page(f"employees_employee_{name}", link.left_id, link.pk)


def linked_person(**more: Any) -> tuple[Reviewed, Link]:
    reviewed = review_of()
    person = reviewed.employee("Eva Ek")
    link = Link.objects.create(
        connection=reviewed.run.connection,
        resource="employees",
        left_id=str(person.pk),
        right_id="7",
        state=Link.State.ACTIVE,
        **more,
    )
    return reviewed, link


@asks("core/admin/person_disconnect.html")
def disconnecting_somebody(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    _reviewed, link = linked_person()
    person = Employee.objects.get(pk=link.left_id)
    return Asked(
        open=lambda: hanna.get(person_page(link, "disconnect")),
        change=lambda: edit(henrik, person, family_name="Ekman"),
        button="Disconnect",
        state=lambda: Link.objects.get().state,
    )


@asks("core/admin/person_create_anew.html")
def creating_anew(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    _reviewed, link = linked_person(gone_at=timezone.now())
    person = Employee.objects.get(pk=link.left_id)
    return Asked(
        open=lambda: hanna.get(person_page(link, "create_anew")),
        change=lambda: edit(henrik, person, family_name="Ekman"),
        button="Forget the link",
        state=lambda: Link.objects.get().state,
    )


@asks("core/admin/person_choose.html")
def choosing(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    company = review_of().company
    connection = Connection.objects.create(
        integration="visma_payroll", label="Visma Demo", state=Connection.State.ACTIVE, account_id="9", company=company
    )
    person = EmployeeFactory.create(company=company)
    link = Link.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(person.pk),
        right_id="7",
        state=Link.State.ACTIVE,
        options={"choices": [["1", "Position 1"], ["2", "Position 2"]]},
    )

    def choose(client: Client, choice: str) -> Any:
        return press(client, client.get(person_page(link, "choose")), "Keep this one in step", {"choice": choice})

    return Asked(
        open=lambda: hanna.get(person_page(link, "choose")),
        change=lambda: choose(henrik, "2"),
        button="Keep this one in step",
        changes={"choice": "1"},
        state=lambda: Link.objects.get(pk=link.pk).choice,
    )


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


# --- Accounts -------------------------------------------------------------------------------------------


@asks("access/account_decide.html")
def deactivating(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    rights = Permission.objects.filter(content_type__app_label="auth", codename__in=("view_user", "change_user"))
    for operator in User.objects.filter(username__in=("hanna", "henrik")):
        operator.user_permissions.set(rights)
    eva = User.objects.create_user("eva", "eva@demo.example", is_staff=True)

    def rename() -> None:
        press(henrik, henrik.get(page("auth_user_change", eva.pk)), "Save", {"last_name": "Ek"})

    return Asked(
        open=lambda: hanna.get(page("auth_user_deactivate", eva.pk)),
        change=rename,
        button="Deactivate",
        state=lambda: User.objects.get(pk=eva.pk).is_active,
    )
