"""The page on which absence types get their causes (FX-04)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from absences.models import Absence, AbsenceType
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, MANAGER, PAYROLL
from employees.models import Company
from integrations.core.models import Connection, Link
from integrations.fortnox.absence_answers import MappingMoved, affected_absences, save_mapping
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_types import (
    MappingChange,
    mapped_of,
    offered_causes,
    remember_causes,
    unanswered,
)
from integrations.fortnox.models import AbsenceTypeMapping
from tests.factories import AbsenceFactory, AbsenceTypeFactory, CompanyFactory, EmployeeFactory
from tests.pages import buttons_of, form_values, press

pytestmark = pytest.mark.django_db
SHOW = "Show what it would do"


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(name="Demo AB")


@pytest.fixture
def connection(company: Company) -> Connection:
    return Connection.objects.create(
        integration="fortnox",
        label="Fortnox",
        company=company,
        state="active",
        account_id="1204711",
        settings={"create_absences": True},
    )


def signed_in(*groups: str, is_staff: bool = True) -> Client:
    user = User.objects.create_user("somebody", is_staff=is_staff)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def hr_admin() -> Client:
    return signed_in(HR_ADMIN)


def page_of(connection: Connection, page: str = "absence_types") -> str:
    return reverse(f"admin:fortnox_fortnoxconnection_{page}", args=[connection.pk])


def type_of(code: str) -> AbsenceType:
    return AbsenceType.objects.get(code=code)


def form_of(client: Client, connection: Connection) -> dict[str, Any]:
    """Return what pressing the button without a choice of one's own would post."""
    return form_values(client.get(page_of(connection)), button=SHOW)


def look(client: Client, connection: Connection, **causes: str) -> Any:
    """Choose the causes, and ask what they would do."""
    chosen = {f"cause_{type_of(code).pk}": cause for code, cause in causes.items()}
    return press(client, client.get(page_of(connection)), SHOW, chosen, follow=True)


def answer(client: Client, connection: Connection, **causes: str) -> Any:
    """Look, and save; what cannot be asked for is refused already where it is looked at."""
    shown = look(client, connection, **causes)
    return press(client, shown, "Save", follow=True) if "Save" in buttons_of(shown) else shown


def stored(connection: Connection) -> dict[str, str]:
    mappings = AbsenceTypeMapping.objects.filter(connection=connection)
    return dict(mappings.values_list("absence_type__code", "cause"))


@pytest.mark.behaviour("FX-04")
def test_every_active_type_has_a_choice_and_the_proposals_are_chosen_but_not_saved(
    hr_admin: Client, connection: Connection
) -> None:
    values = form_of(hr_admin, connection)

    chosen = {code: values[f"cause_{type_of(code).pk}"] for code in ("sick_leave", "self_certification", "education")}
    assert chosen == {"sick_leave": "SJK", "self_certification": "SJK", "education": ""}
    assert stored(connection) == {}
    assert type_of("vacation") in unanswered(connection)


@pytest.mark.behaviour("FX-04")
def test_several_types_get_one_cause_and_one_is_not_transferred(hr_admin: Client, connection: Connection) -> None:
    answer(hr_admin, connection, sick_leave="SJK", self_certification="SJK", vacation="-", education="")

    saved = stored(connection)
    assert (saved["sick_leave"], saved["self_certification"], saved["vacation"]) == ("SJK", "SJK", "")
    assert [each.code for each in unanswered(connection)] == ["education"]
    mapped = mapped_of(connection)
    assert (mapped[type_of("vacation").pk].answered, mapped[type_of("vacation").pk].cause) == (True, "")


@pytest.mark.behaviour("FX-04")
def test_types_that_do_not_count_as_work_days_are_shown_as_never_transferred(
    hr_admin: Client, connection: Connection
) -> None:
    context = hr_admin.get(page_of(connection)).context

    assert [each.code for each in context["never"]] == ["business_travel", "remote_work"]
    assert not {each.type.code for each, *_rest in context["rows"]} & {"business_travel", "remote_work"}


@pytest.mark.behaviour("FX-04")
@pytest.mark.behaviour("G-12")
def test_the_page_tells_who_changed_which_answer_from_what_to_what(hr_admin: Client, connection: Connection) -> None:
    answer(hr_admin, connection, sick_leave="SJK", vacation="SEM")
    answer(hr_admin, connection, vacation="-")

    shown = [
        (each.who, each.type, each.before, each.after) for each in hr_admin.get(page_of(connection)).context["history"]
    ]
    assert shown[0] == ("somebody", "Vacation", cause_name("SEM"), "Do not transfer")
    assert ("somebody", "Sick leave", "No answer yet", cause_name("SJK")) in shown
    # It is no person's history.
    assert "Sick leave" not in hr_admin.get(reverse("admin:core_fieldchange_changelist")).content.decode()


@pytest.mark.behaviour("G-12")
def test_another_connections_answers_are_not_among_them(hr_admin: Client, connection: Connection) -> None:
    other = Connection.objects.create(integration="fortnox", label="Other", state="disconnected", account_id="1")
    answer(hr_admin, connection, sick_leave="SJK")

    assert hr_admin.get(page_of(other)).context["history"] == []


def test_a_change_is_shown_before_anything_is_saved(hr_admin: Client, connection: Connection) -> None:
    shown = look(hr_admin, connection, sick_leave="SJK")

    assert stored(connection) == {}
    assert "Nothing is saved yet" in shown.content.decode()
    saved = press(hr_admin, shown, "Save", follow=True)
    assert "The absence types are saved." in saved.content.decode()
    assert stored(connection)["sick_leave"] == "SJK"


def test_the_page_counts_the_waiting_absences_that_would_be_sent(
    hr_admin: Client, connection: Connection, company: Company
) -> None:
    person, vacation = EmployeeFactory.create(company=company), type_of("vacation")
    Link.objects.create(
        connection=connection, resource="employees", left_id=str(person.pk), right_id="7", state=Link.State.ACTIVE
    )
    start = date(2026, 6, 1)
    for number, days in enumerate((50, 51)):
        begin = start + timedelta(days=100 * number)
        end = begin + timedelta(days=days - 1)
        now = timezone.now()
        AbsenceFactory.create(employee=person, type=vacation, start=begin, end=end, status="approved", decided_at=now)
    AbsenceFactory.create(employee=person, type=vacation, start=start, end=None, status="approved")
    # Approved before absences were transferred: goes only when somebody says so.
    AbsenceFactory.create(employee=person, type=vacation, start=start, end=start, grade=50, status="approved")
    AbsenceFactory.create(employee=person, type=vacation, start=start, end=start)
    AbsenceFactory.create(type=vacation, status="approved")

    shown = look(hr_admin, connection, vacation="SEM")

    assert shown.context["waiting"] == 1
    refused = MappingChange(vacation, None, "")
    assert affected_absences(connection=connection, change=refused).waiting == 0


def test_who_changed_a_type_and_when_is_kept(hr_admin: Client, connection: Connection) -> None:
    answer(hr_admin, connection, sick_leave="SJK")

    mapping = AbsenceTypeMapping.objects.get(absence_type__code="sick_leave")
    assert mapping.changed_by == User.objects.get(username="somebody")
    assert "by somebody" in hr_admin.get(page_of(connection)).content.decode()


def test_a_page_opened_before_somebody_elses_answer_does_not_write_over_it(
    hr_admin: Client, connection: Connection
) -> None:
    opened = hr_admin.get(page_of(connection))
    change = MappingChange(type_of("vacation"), None, "SEM")
    save_mapping(connection=connection, changes=[change], by=None)

    answered = press(hr_admin, opened, SHOW, {f"cause_{change.type.pk}": "TJL"}, follow=True)

    assert "The system" in answered.content.decode()
    assert "not what stands there now" in answered.content.decode()
    assert stored(connection) == {"vacation": "SEM"}
    answer(hr_admin, connection, vacation="TJL")
    assert stored(connection)["vacation"] == "TJL"


def test_two_people_at_once_do_not_both_answer(connection: Connection) -> None:
    change = MappingChange(type_of("vacation"), None, "SEM")
    save_mapping(connection=connection, changes=[change], by=None)

    with pytest.raises(MappingMoved):
        save_mapping(connection=connection, changes=[change._replace(after="TJL")], by=None)

    save_mapping(connection=connection, changes=[change._replace(before="SEM", after="TJL")], by=None)
    assert stored(connection) == {"vacation": "TJL"}


def test_a_cause_that_is_not_offered_is_refused_at_its_type(hr_admin: Client, connection: Connection) -> None:
    posted = {**form_of(hr_admin, connection), f"cause_{type_of('vacation').pk}": "QQQ", "step": "save"}
    refused = hr_admin.post(page_of(connection), posted)

    assert list(refused.context["form"].errors) == [f"cause_{type_of('vacation').pk}"]
    assert stored(connection) == {}


@pytest.mark.behaviour("FX-04")
def test_a_code_that_fortnox_returned_and_nobody_knows_is_offered(hr_admin: Client, connection: Connection) -> None:
    remember_causes(connection=connection, codes=["SJK", "QQQ", "QQQ", ""])
    remember_causes(connection=connection, codes=["QQQ"])

    assert offered_causes(connection)[-1] == "QQQ"
    answer(hr_admin, connection, vacation="QQQ")
    assert stored(connection)["vacation"] == "QQQ"


def test_an_answer_cannot_be_taken_back_into_no_answer(hr_admin: Client, connection: Connection) -> None:
    answer(hr_admin, connection, vacation="SEM")

    # Not offered any more: the answers that are.
    posted = {**form_of(hr_admin, connection), f"cause_{type_of('vacation').pk}": "", "step": "save"}
    refused = hr_admin.post(page_of(connection), posted)

    assert refused.context["form"].errors
    assert stored(connection)["vacation"] == "SEM"


def test_an_inactive_type_is_asked_for_only_while_somebody_has_it(connection: Connection, company: Company) -> None:
    old = AbsenceTypeFactory.create(active=False)
    assert old not in unanswered(connection)

    AbsenceFactory.create(type=old, employee=EmployeeFactory.create(company=company))
    assert old in unanswered(connection)


def test_the_connections_page_leads_there_and_names_what_is_not_answered(
    hr_admin: Client, connection: Connection
) -> None:
    page = hr_admin.get(page_of(connection, "connection")).content.decode()

    assert page_of(connection) in page
    assert "Vacation" in page


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize(
    ("groups", "is_staff", "status"),
    [
        ((HR_ADMIN,), True, 200),
        ((INTEGRATION_ADMIN,), True, 200),
        ((PAYROLL,), True, 403),
        ((MANAGER,), True, 403),
        ((), True, 403),
        ((INTEGRATION_ADMIN,), False, 403),
    ],
)
def test_the_page_is_for_those_who_synchronise(
    connection: Connection, groups: tuple[str, ...], is_staff: bool, status: int
) -> None:
    client = signed_in(*groups, is_staff=is_staff)

    assert client.get(page_of(connection)).status_code == status
    assert client.post(page_of(connection), form_of(client, connection) if status == 200 else {}).status_code == status


def test_the_number_of_queries_does_not_depend_on_the_answers(
    hr_admin: Client, connection: Connection, company: Company
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            database,
        ) as captured:
            hr_admin.get(page_of(connection))
        return len(captured)

    before = queries()
    answer(hr_admin, connection, sick_leave="SJK", vacation="SEM")
    AbsenceFactory.create_batch(3, employee=EmployeeFactory.create(company=company))

    assert queries() == before
    assert Absence.objects.count() == 3
