"""The pages of absences: who sees whom, registering and changing, approving and declining."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from absences.deciding import made_from
from absences.models import Absence, AbsenceType
from employees.access.models import EmployeeLink
from employees.access.reading import reading_as
from employees.models import Employee
from tests.absences.conftest import SignIn, linked
from tests.factories import AbsenceFactory, EmployeeFactory
from tests.pages import form_values, press

LIST = reverse("admin:absences_absence_changelist")
ADD = reverse("admin:absences_absence_add")
DECIDE = reverse("admin:absences_absence_decide")


def page_of(record: Absence | AbsenceType) -> str:
    return reverse(f"admin:absences_{record._meta.model_name}_change", args=[record.pk])


def kind(code: str) -> AbsenceType:
    return AbsenceType.objects.get(code=code)


def register(client: Client, employee: Employee, code: str, **changes: Any) -> Any:
    values = {"employee": employee.pk, "type": kind(code).pk, "start": "2026-03-02", "end": "2026-03-06", **changes}
    return press(client, client.get(ADD), "Save", values, follow=True)


def change(client: Client, absence: Absence, **changes: Any) -> Any:
    answer = press(client, client.get(page_of(absence)), "Save", changes, follow=True)
    absence.refresh_from_db()
    return answer


def choose(client: Client, *absences: Absence, action: str) -> Any:
    """Tick absences in the list and start an action on them."""
    ticked = {"action": action, "_selected_action": [absence.pk for absence in absences]}
    return press(client, client.get(LIST), "Run", ticked)


def decide(client: Client, *absences: Absence, status: str = "approved", others: Sequence[Absence] = ()) -> Any:
    """Post by hand what the page of a decision holds, also of absences that it would not offer."""
    shown = Absence.objects.filter(pk__in=[absence.pk for absence in absences]).select_related("employee", "type")
    with reading_as(User.objects.get(pk=client.session[SESSION_KEY])):
        made = made_from(shown, status=status, outgoing=False)
    posted = {
        "status": status,
        "absence": [absence.pk for absence in (*absences, *others)],
        "made_from": made,
    }
    answer = client.post(DECIDE, posted, follow=True)
    for absence in absences:
        absence.refresh_from_db()
    return answer


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# --- Registering and changing ---------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "status"), [("vacation", "requested"), ("sick_leave", "approved")])
def test_a_new_absence_begins_as_its_type_says(hr_admin: Client, code: str, status: str) -> None:
    register(hr_admin, EmployeeFactory.create(), code)

    absence = Absence.objects.get()
    assert (absence.status, absence.grade, absence.decided_by) == (status, 100, None)
    assert absence.created_by == User.objects.get(username="hr")
    assert (absence.decided_at is None) == (status == "requested")


def test_a_stored_absence_is_changed_on_its_page(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))

    answer = change(hr_admin, absence, end="2026-03-20", note="Greece")

    assert (absence.end, absence.note) == (date(2026, 3, 20), "Greece")
    assert "was changed successfully" in told(answer)


def test_the_very_same_absence_is_refused_on_the_page(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))

    answer = register(hr_admin, absence.employee, "vacation")

    assert "this very absence already" in answer.content.decode()
    assert Absence.objects.count() == 1
    register(hr_admin, absence.employee, "vacation", start="2026-03-09", end="2026-03-13")
    assert Absence.objects.count() == 2


def test_a_change_that_would_make_it_the_very_same_is_refused_on_the_page(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))
    other = AbsenceFactory.create(employee=absence.employee, type=absence.type, grade=50)

    answer = change(hr_admin, other, grade=100)

    assert "this very absence already" in answer.content.decode()
    assert other.grade == 50
    change(hr_admin, other, start="2026-03-09", end="2026-03-13")
    assert other.start == date(2026, 3, 9)


def test_an_end_before_the_start_is_shown_at_its_field(hr_admin: Client) -> None:
    answer = register(hr_admin, EmployeeFactory.create(), "vacation", end="2026-03-01")

    assert list(answer.context["adminform"].form.errors) == ["end"]
    assert not Absence.objects.exists()


def test_an_absence_may_have_no_end_yet(hr_admin: Client) -> None:
    register(hr_admin, EmployeeFactory.create(), "sick_leave", end="")

    assert Absence.objects.get().end is None


def test_a_form_opened_before_somebody_elses_change_writes_nothing_back(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))
    opened = hr_admin.get(page_of(absence))
    absence.end = date(2026, 3, 10)
    absence.save()

    answer = press(hr_admin, opened, "Save", {"grade": 50})

    absence.refresh_from_db()
    assert (absence.grade, absence.end) == (100, date(2026, 3, 10))
    assert "was changed by somebody else" in answer.content.decode()
    change(hr_admin, absence, grade=50)
    assert absence.grade == 50


def test_an_inactive_type_is_not_offered_but_stays_where_it_is(hr_admin: Client) -> None:
    old = AbsenceFactory.create()
    AbsenceType.objects.filter(pk=old.type.pk).update(active=False)

    assert old.type not in hr_admin.get(ADD).context["adminform"].form.fields["type"].queryset
    change(hr_admin, old, grade=50)
    assert old.grade == 50


# --- Deciding ---------------------------------------------------------------------------------------------


def test_hr_changes_the_status_and_who_decided_is_kept(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))

    change(hr_admin, absence, status="approved")
    assert (absence.status, absence.decided_by) == ("approved", User.objects.get(username="hr"))

    change(hr_admin, absence, status="requested")
    assert (absence.status, absence.decided_by, absence.decided_at) == ("requested", None, None)


@pytest.mark.parametrize("status", ["approved", "declined"])
def test_chosen_absences_are_shown_before_they_are_decided_on(hr_admin: Client, status: str) -> None:
    absences = AbsenceFactory.create_batch(2, type=kind("vacation"))
    action = "approve_chosen" if status == "approved" else "decline_chosen"

    shown = choose(hr_admin, *absences, action=action)

    assert {each.pk for each, _overlaps in shown.context["going"]} == {absence.pk for absence in absences}
    assert not Absence.objects.filter(status=status).exists()
    button = "Approve" if status == "approved" else "Decline"
    answer = press(hr_admin, shown, button, follow=True)
    for absence in absences:
        absence.refresh_from_db()
    assert [absence.status for absence in absences] == [status, status]
    assert f"2 absences were {status}." in told(answer)


def test_overlaps_are_shown_before_deciding(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))
    AbsenceFactory.create(employee=absence.employee, type=kind("sick_leave"), status="approved")

    shown = choose(hr_admin, absence, action="approve_chosen")

    assert "Days in common with Sick leave" in shown.content.decode()


def test_an_absence_changed_after_it_was_shown_is_not_decided_on(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))
    shown = choose(hr_admin, absence, action="approve_chosen")
    absence.end = date(2026, 12, 31)
    absence.save()

    answer = press(hr_admin, shown, "Approve", follow=True)

    absence.refresh_from_db()
    assert absence.status == "requested"
    assert "absence, last day of" in told(answer)
    decide(hr_admin, absence)
    assert absence.status == "approved"


def test_a_decision_that_the_rules_forbid_leaves_the_absence_and_says_so(hr_admin: Client) -> None:
    declined = AbsenceFactory.create(type=kind("vacation"), status="declined")
    AbsenceFactory.create(employee=declined.employee, type=declined.type)

    answer = decide(hr_admin, declined)

    assert declined.status == "declined"
    assert "this very absence already" in told(answer)


@pytest.mark.parametrize(
    "posted",
    [{}, {"status": "approved"}, {"status": "cancelled", "absence": "1"}, {"status": "approved", "absence": "x"}],
)
def test_a_decision_on_nothing_is_told_so(hr_admin: Client, posted: dict[str, str]) -> None:
    AbsenceFactory.create()

    assert "Nothing was decided" in told(hr_admin.post(DECIDE, posted, follow=True))
    assert set(Absence.objects.values_list("status", flat=True)) == {"requested"}


def test_nobody_decides_on_their_own_absence(hr_admin: Client) -> None:
    me = EmployeeFactory.create()
    linked("hr", me)
    own = AbsenceFactory.create(employee=me, type=kind("vacation"))

    assert "Nobody decides on their own absence" in told(decide(hr_admin, own))
    opened = form_values(hr_admin.get(page_of(own)))
    assert "status" not in opened
    hr_admin.post(page_of(own), {**opened, "status": "approved"})
    own.refresh_from_db()
    assert own.status == "requested"

    EmployeeLink.objects.all().delete()
    decide(hr_admin, own)
    assert own.status == "approved"


def test_an_own_approved_absence_has_to_be_approved_again_when_it_is_changed(hr_admin: Client) -> None:
    me = EmployeeFactory.create()
    linked("hr", me)
    own = AbsenceFactory.create(employee=me, type=kind("vacation"), status="approved")

    change(hr_admin, own, note="Greece")
    assert own.status == "approved"

    answer = change(hr_admin, own, end="2026-03-20")
    assert (own.status, own.end, own.decided_at) == ("requested", date(2026, 3, 20), None)
    assert "approved again" in told(answer)


# --- A manager's own team -----------------------------------------------------------------------------------


def test_a_manager_sees_and_decides_the_own_teams_absences_only(boss: Client, report: Employee) -> None:
    theirs = AbsenceFactory.create(employee=report, type=kind("vacation"))
    others = AbsenceFactory.create(type=kind("vacation"))

    assert list(boss.get(LIST).context["cl"].result_list) == [theirs]
    assert boss.get(page_of(theirs)).status_code == 200
    assert boss.get(page_of(others)).status_code == 302
    decide(boss, theirs, others=[others])
    others.refresh_from_db()
    assert (theirs.status, others.status) == ("approved", "requested")
    assert theirs.decided_by == User.objects.get(username="boss")


def test_a_manager_neither_changes_adds_nor_deletes(boss: Client, report: Employee) -> None:
    absence = AbsenceFactory.create(employee=report)

    assert boss.get(ADD).status_code == 403
    assert boss.post(page_of(absence), {"grade": 50}).status_code == 403
    assert boss.post(reverse("admin:absences_absence_delete", args=[absence.pk])).status_code == 403
    assert "Approve" in boss.get(page_of(absence)).content.decode()


def test_a_manager_of_a_manager_does_not_see_the_lower_team(boss: Client, report: Employee) -> None:
    below = EmployeeFactory.create(company=report.company, manager=report)
    AbsenceFactory.create(employee=below)

    assert list(boss.get(LIST).context["cl"].result_list) == []


@pytest.mark.behaviour("HR-19")
def test_a_user_without_a_link_manages_nobody(boss: Client) -> None:
    namesake = EmployeeFactory.create(work_email="boss@example.se")
    AbsenceFactory.create(employee=EmployeeFactory.create(company=namesake.company, manager=namesake))

    assert list(boss.get(LIST).context["cl"].result_list) == []


# --- Lists, filters, rights -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "starts"),
    [
        ({"status__exact": "approved"}, [2]),
        ({"start_from": "2026-03-06", "start_to": "2026-03-06"}, [2]),
        ({"start_from": "2026-03-07"}, [9]),
        ({"start_to": "2026-03-01"}, []),
        ({"start_from": "2026-02-30"}, [9, 2]),
    ],
)
def test_the_list_is_filtered_by_status_and_by_days_in_the_period(
    hr_admin: Client, query: dict[str, str], starts: list[int]
) -> None:
    AbsenceFactory.create(status="approved")
    AbsenceFactory.create(start=date(2026, 3, 9), end=None)

    found = hr_admin.get(LIST, query).context["cl"].result_list
    assert [absence.start.day for absence in found] == starts


def test_the_list_is_filtered_by_type_and_person(hr_admin: Client) -> None:
    absence, _other = AbsenceFactory.create_batch(2)

    for query in ({"type__id__exact": absence.type.pk}, {"employee__id__exact": absence.employee.pk}):
        assert list(hr_admin.get(LIST, query).context["cl"].result_list) == [absence]


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("hr", [200, 200, 200, 200]),
        ("payroll", [200, 403, 200, 200]),
        ("integration", [403, 403, 200, 403]),
        ("boss", [200, 403, 403, 302]),
        ("stranger", [403, 403, 403, 403]),
        ("outsider", [403, 403, 403, 403]),
    ],
)
def test_each_page_is_for_those_with_its_right(sign_in: SignIn, role: str, statuses: list[int]) -> None:
    absence = AbsenceFactory.create()
    pages = [LIST, ADD, reverse("admin:absences_absencetype_changelist"), page_of(absence)]

    assert [sign_in(role).get(page).status_code for page in pages] == statuses


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["payroll", "integration", "stranger", "outsider"])
def test_deciding_is_for_those_with_the_right(sign_in: SignIn, role: str) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"))

    assert sign_in(role).post(DECIDE, {"status": "approved", "absence": f"{absence.pk}:1"}).status_code == 403
    absence.refresh_from_db()
    assert absence.status == "requested"


def test_a_decision_is_a_post(hr_admin: Client) -> None:
    assert hr_admin.get(DECIDE).status_code == 405


def test_a_list_of_values_hidden_elsewhere_cannot_be_guessed_by_its_address(hr_admin: Client) -> None:
    AbsenceFactory.create()

    assert hr_admin.get(LIST, {"employee__national_id__startswith": "5"}).status_code in {302, 400}


def test_the_queries_of_the_list_do_not_grow_with_it(hr_admin: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            hr_admin.get(LIST)
        return len(captured)

    AbsenceFactory.create_batch(2, type=kind("vacation"), status="approved")
    before = queries()
    AbsenceFactory.create_batch(10, type=kind("vacation"), status="approved")
    assert queries() == before


def test_a_types_code_is_chosen_once(hr_admin: Client) -> None:
    vacation = kind("vacation")
    values = form_values(hr_admin.get(page_of(vacation)))
    assert "code" not in values

    hr_admin.post(page_of(vacation), {**values, "name": "Holidays", "code": "holidays"})

    vacation.refresh_from_db()
    assert (vacation.name, vacation.code) == ("Holidays", "vacation")


def test_deleting_chosen_absences_tells_about_each(hr_admin: Client) -> None:
    asked = choose(hr_admin, *AbsenceFactory.create_batch(2), action="delete_selected")

    press(hr_admin, asked, "Yes, I’m sure")

    assert not Absence.objects.exists()
