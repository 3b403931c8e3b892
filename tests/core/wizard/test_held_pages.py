"""The pages of held mass changes: what waits, what would be sent, release and drop (G-17)."""

import re
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from employees.models import Company, Employee
from integrations.core.addresses import mass_change_url
from integrations.core.models import Connection, Link, Mark, MassChange
from tests.core.wizard.addresses import page
from tests.core.wizard.conftest import SignIn, told
from tests.factories import EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.behaviour("G-17")
NAMES = ("mass_change", "release", "drop")


@pytest.fixture
def connection(company: Company) -> Connection:
    return Connection.objects.create(
        integration="fortnox", label="Fortnox", company=company, state="active", account_id="1204711"
    )


@pytest.fixture
def mass(connection: Connection) -> MassChange:
    found = MassChange.objects.create(connection=connection, key="import:7", label="Import of people.csv", people=3)
    for number in range(2):
        wait(found, EmployeeFactory.create(company=connection.company, given_name=f"Eva{number}", family_name="Ek"))
    return found


def wait(mass: MassChange, employee: Employee, **linked: Any) -> None:
    """Let a person with another family name than was last agreed wait for the mass change with that."""
    Link.objects.create(
        connection=mass.connection,
        resource="employees",
        left_id=employee.pk,
        right_id=f"r{employee.pk}",
        pairs={"family_name": ["Before", "Before", "settled"]},
        **{"state": Link.State.ACTIVE, **linked},
    )
    # The new person has a mark already, as everybody new has.
    Mark.objects.update_or_create(
        connection=mass.connection,
        resource="employees",
        left_id=employee.pk,
        defaults={
            "held_by": f"mass:{mass.pk}",
            "held_fields": {str(mass.pk): ["family_name"]},
            "due": timezone.now(),
            "changed_at": timezone.now(),
        },
    )


def url(mass: MassChange, name: str = "mass_change") -> str:
    return mass_change_url(mass.connection, mass.pk, name)


def state(mass: MassChange) -> str:
    mass.refresh_from_db()
    return mass.state


def test_the_connections_page_says_how_many_wait_and_leads_there(client: Client, mass: MassChange) -> None:
    shown = client.get(page(mass.connection)).content.decode()

    assert "Import of people.csv: 2 people wait" in shown
    assert url(mass) in shown


def test_the_page_shows_who_and_what_would_be_sent(client: Client, mass: MassChange) -> None:
    answer = client.get(url(mass))

    people = answer.context["people"]
    assert ["Eva0 Ek" in people[0].person, [value[1:3] for value in people[0].values]] == [True, [("Before", "Ek")]]
    shown = answer.content.decode()
    assert "2 people wait: nothing is sent before you release it." in shown
    assert "wait with an earlier mass change" in shown


def test_whoever_would_not_be_sent_says_why(client: Client, mass: MassChange) -> None:
    Mark.objects.all().delete()
    Link.objects.all().delete()
    company = mass.connection.company
    wait(mass, EmployeeFactory.create(company=company), state=Link.State.DISCONNECTED)
    wait(mass, EmployeeFactory.create(company=company, family_name="Before"))
    wait(mass, EmployeeFactory.create(company=company), state=Link.State.GONE_RIGHT)
    wait(mass, EmployeeFactory.create())

    assert [each.note for each in client.get(url(mass)).context["people"]] == [
        "Not sent for now: disconnected.",
        "Nothing to send any more: both systems agree.",
        "Not in Fortnox: nothing is sent.",
        "Not in the company any more: nothing is sent.",
    ]


BUTTONS = {"release": "Release and send", "drop": "Drop, and leave both as they are"}


def press_on(client: Client, mass: MassChange, name: str) -> Any:
    return press(client, client.get(url(mass, name)), BUTTONS[name], follow=True)


def test_releasing_asks_first_and_then_lets_go(client: Client, mass: MassChange) -> None:
    assert "Send the changes of 2 people to Fortnox?" in client.get(url(mass, "release")).content.decode()
    assert (state(mass), Mark.objects.filter(held_by="").count()) == (MassChange.State.HELD, 0)

    answer = press_on(client, mass, "release")

    assert "is released: it is being sent" in told(answer)
    assert (state(mass), Mark.objects.filter(held_by="").count()) == (MassChange.State.RELEASED, 2)
    assert "people wait" not in client.get(page(mass.connection)).content.decode()


def test_dropping_asks_first_and_then_leaves_both_as_they_are(client: Client, mass: MassChange) -> None:
    assert "Leave the changes of 2 people unsent?" in client.get(url(mass, "drop")).content.decode()
    assert (state(mass), Mark.objects.count()) == (MassChange.State.HELD, 2)

    answer = press_on(client, mass, "drop")

    assert "is not sent. Both systems keep" in told(answer)
    assert (state(mass), Mark.objects.count()) == (MassChange.State.DROPPED, 0)
    assert Link.objects.values_list("pairs", flat=True)[0] == {"family_name": ["Ek", "Before", "left_as_is"]}


@pytest.mark.parametrize("name", ["release", "drop"])
def test_pressing_twice_says_what_was_decided(client: Client, mass: MassChange, name: str) -> None:
    opened = client.get(url(mass, name))
    press_on(client, mass, "release")

    assert "was released already" in told(press(client, opened, BUTTONS[name], follow=True))
    assert "was released already" in told(client.get(url(mass, name), follow=True))
    assert state(mass) == MassChange.State.RELEASED


@pytest.mark.behaviour("G-12")
def test_what_was_decided_by_whom_stays_on_the_list(client: Client, mass: MassChange) -> None:
    press_on(client, mass, "drop")

    shown = client.get(page(mass.connection, "held")).content.decode()

    assert all(text in shown for text in ("Import of people.csv", "Dropped", "integration_admin", "Nothing waits."))
    assert "Dropped on" in client.get(url(mass)).content.decode()


@pytest.mark.behaviour("G-01")
def test_an_hr_admin_decides(sign_in: SignIn, mass: MassChange) -> None:
    hr_admin = sign_in("hr_admin")

    assert {hr_admin.get(url(mass, name)).status_code for name in NAMES} == {200}
    press_on(hr_admin, mass, "release")
    assert state(mass) == MassChange.State.RELEASED


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["payroll", "staff", "user"])
def test_without_the_right_nothing_is_seen_or_decided(sign_in: SignIn, mass: MassChange, role: str) -> None:
    client = sign_in(role)

    assert {client.get(url(mass, name)).status_code for name in NAMES} == {403}
    assert {client.post(url(mass, name)).status_code for name in ("release", "drop")} == {403}
    assert client.get(page(mass.connection, "held")).status_code == 403
    assert state(mass) == MassChange.State.HELD


def test_another_connections_mass_change_is_not_found(client: Client, mass: MassChange) -> None:
    other = Connection.objects.create(integration="fortnox", label="Other", state="active", account_id="2")

    for name in NAMES:
        assert client.get(mass_change_url(other, mass.pk, name)).status_code == 404
    assert client.post(mass_change_url(other, mass.pk, "drop")).status_code == 404


def test_a_forged_form_decides_nothing(client: Client, mass: MassChange) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies

    assert {careful.post(url(mass, name)).status_code for name in ("release", "drop")} == {403}
    assert state(mass) == MassChange.State.HELD


def test_many_people_take_no_more_queries_and_a_page_at_a_time(client: Client, mass: MassChange) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            client.get(url(mass))
        return len(captured)

    queries()
    few = queries()
    for _ in range(30):
        wait(mass, EmployeeFactory.create(company=mass.connection.company))

    assert queries() == few
    answer = client.get(url(mass), {"page": "2"})
    assert (len(client.get(url(mass)).context["people"]), len(answer.context["people"])) == (25, 7)


# --- Its own fields alone, as they were shown (G-37, G-21) ---------------------------------------------------


@pytest.fixture
def hanna(sign_in: SignIn) -> Client:
    return sign_in("hr_admin")


def eva(mass: MassChange) -> Employee:
    return Employee.objects.get(given_name="Eva0")


def edit(client: Client, employee: Employee, **values: str) -> None:
    """Save the person's page with other values, as an admin does."""
    address = reverse("admin:employees_employee_change", args=[employee.pk])
    answer = press(client, client.get(address), "_save", values, follow=True)
    assert "was changed successfully" in told(answer)


@pytest.mark.behaviour("G-37")
@pytest.mark.parametrize("name", ["mass_change", "release", "drop"])
def test_the_page_and_the_questions_list_its_fields_before_and_after(
    client: Client, mass: MassChange, name: str
) -> None:
    Link.objects.update(
        pairs={"family_name": ["Before", "Before", "settled"], "phone": ["+46701", "+46701", "settled"]}
    )

    shown = client.get(url(mass, name))

    values = [value for person in shown.context["people"] for value in person.values]
    assert {value[1:3] for value in values} == {("Before", "Ek")}
    assert "Eva1 Ek" in shown.content.decode()


@pytest.mark.behaviour("G-37")
@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize("name", ["release", "drop"])
def test_a_question_that_is_older_than_an_edit_is_refused_and_says_who_edited_what(
    client: Client, hanna: Client, mass: MassChange, name: str
) -> None:
    opened = client.get(url(mass, name))
    edit(hanna, eva(mass), family_name="Berg")

    answer = press(client, opened, BUTTONS[name], follow=True)

    assert "Nothing was done" in told(answer)
    assert re.search(r"Eva0 Berg \([^)]*\), Family name: edited by hr_admin", told(answer))
    assert (state(mass), [len(answer.context["people"])]) == (MassChange.State.HELD, [1])
    press(client, answer, BUTTONS[name], follow=True)
    assert state(mass) != MassChange.State.HELD


@pytest.mark.behaviour("G-37")
def test_an_edit_of_another_field_is_no_reason_to_refuse(client: Client, hanna: Client, mass: MassChange) -> None:
    opened = client.get(url(mass, "release"))
    edit(hanna, eva(mass), work_phone="+46 70 174 06 05")

    assert "is released" in told(press(client, opened, BUTTONS["release"], follow=True))


@pytest.mark.behaviour("G-37")
def test_whoever_was_edited_since_is_named_and_waits_no_more(client: Client, hanna: Client, mass: MassChange) -> None:
    edit(hanna, eva(mass), family_name="Berg")

    shown = client.get(url(mass)).content.decode()

    assert "1 person waits" in shown or "1 waits" in shown
    assert "Edited since, so it does not go with this" in shown
    assert "(goes by itself)" in shown
    assert "by hr_admin" in shown
    assert Mark.objects.get(left_id=str(eva(mass).pk)).held_by == ""


@pytest.mark.behaviour("G-37")
def test_a_drop_leaves_its_fields_and_no_other_edit(client: Client, hanna: Client, mass: MassChange) -> None:
    known = {"family_name": ["Before", "Before", "settled"], "phone": ["+46701740001", "+46701740001", "settled"]}
    Link.objects.filter(left_id=str(eva(mass).pk)).update(pairs=known)
    edit(hanna, eva(mass), work_phone="+46 70 174 06 05")

    press_on(client, mass, "drop")

    (mark,) = Mark.objects.all()
    assert (mark.left_id, mark.held_by, mark.held_fields) == (str(eva(mass).pk), "", {})
    assert Link.objects.get(left_id=mark.left_id).pairs == {**known, "family_name": ["Ek", "Before", "left_as_is"]}


@pytest.mark.behaviour("G-21")
def test_a_release_without_what_was_shown_is_refused(client: Client, mass: MassChange) -> None:
    assert "Nothing was done" in told(client.post(url(mass, "release"), follow=True))
    assert state(mass) == MassChange.State.HELD
