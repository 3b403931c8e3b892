"""The list's action that changes department, manager or last workday of many people at once."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from employees import together
from employees.admin import together as pages
from employees.labels import label_of
from employees.models import Company, Employee
from employees.outgoing import Outgoing, outgoing_asked
from employees.together import NotMade, change_together, plan_change
from integrations.core.models import FieldChange
from tests.factories import CompanyFactory, DepartmentFactory, EmployeeFactory
from tests.pages import form_values, press

LIST = reverse("admin:employees_employee_changelist")
TOGETHER = reverse("admin:employees_employee_together")
KEEP: dict[str, Any] = {"department": "keep", "manager_becomes": "keep", "last_workday_becomes": "keep"}
SHOW = "Show what it would do"
LAST = date(2031, 6, 30)
LEAVES = {"last_workday_becomes": "set", "last_workday": LAST.isoformat()}


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create()


@pytest.fixture
def people(company: Company) -> list[Employee]:
    return list(EmployeeFactory.create_batch(3, company=company, first_workday=date(2020, 1, 1), last_workday=None))


def choose(client: Client, people: list[Employee]) -> Any:
    ticked = {"action": "change_together", "_selected_action": [person.pk for person in people]}
    return press(client, client.get(LIST), "Run", ticked, follow=True)


def show(client: Client, people: list[Employee], **values: Any) -> Any:
    """Choose the people in the list and what they become, and ask what it would do."""
    return press(client, choose(client, people), SHOW, values, follow=True)


def show_by_hand(client: Client, people: list[Employee], **values: Any) -> Any:
    """Post what the page offers nobody."""
    posted = {"employees": ",".join(str(each.pk) for each in people), **KEEP, **values}
    return client.post(TOGETHER, posted, follow=True)


def confirm(client: Client, shown: Any) -> Any:
    return press(client, shown, "confirm", follow=True)


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def ending(on: date = LAST) -> dict[str, Any]:
    return {"last_workday_becomes": "set", "last_workday": on.isoformat()}


def last_workdays() -> set[date | None]:
    return set(Employee.objects.values_list("last_workday", flat=True))


def test_everybody_chosen_is_shown_before_anything_is_changed(hr_admin: Client, people: list[Employee]) -> None:
    asked = choose(hr_admin, people)
    assert asked.context["form"].initial["employees"] == ",".join(str(person.pk) for person in people)

    shown = show(hr_admin, people, **ending())

    assert [each["employee"] for each in shown.context["shown"]] == sorted(people, key=lambda each: each.family_name)
    assert last_workdays() == {None}
    answer = confirm(hr_admin, shown)
    assert (last_workdays(), "3 people were changed" in told(answer)) == ({LAST}, True)


def test_department_manager_and_last_workday_are_set_and_emptied(
    hr_admin: Client, company: Company, people: list[Employee]
) -> None:
    kitchen = DepartmentFactory.create(company=company)
    boss = EmployeeFactory.create(company=company, last_workday=LAST)
    confirm(
        hr_admin,
        show(hr_admin, people, department=kitchen.pk, manager_becomes="set", manager=boss.pk, **ending()),
    )
    found = Employee.objects.filter(pk__in=[person.pk for person in people])
    assert set(found.values_list("department", "manager", "last_workday")) == {(kitchen.pk, boss.pk, LAST)}

    nothing = {"department": "none", "manager_becomes": "none", "last_workday_becomes": "none"}
    confirm(hr_admin, show(hr_admin, people, **nothing))
    assert not found.exclude(department=None, manager=None, last_workday=None).exists()


def test_if_one_cannot_be_changed_nobody_is_and_the_page_says_who_and_why(
    hr_admin: Client, company: Company, people: list[Employee]
) -> None:
    late = EmployeeFactory.create(company=company, given_name="Late", family_name="Ek", first_workday=date(2032, 1, 1))

    shown = show(hr_admin, [*people, late], **ending())

    page = shown.content.decode()
    assert f"{label_of(late)}: The last workday is before the first." in page
    assert 'name="confirm"' not in page
    # Nobody can press what is not there; whoever posts it all the same changes nobody.
    by_hand = {**form_values(shown, button="back"), "confirm": "1"}
    assert "Nobody was changed" in told(hr_admin.post(TOGETHER, by_hand, follow=True))
    assert last_workdays() == {None}
    # Without that person it can be made.
    confirm(hr_admin, show(hr_admin, people, **ending()))
    assert last_workdays() == {None, LAST}


def test_a_manager_of_the_chosen_people_cannot_get_under_them(
    hr_admin: Client, company: Company, people: list[Employee]
) -> None:
    boss = EmployeeFactory.create(company=company, manager=people[0])

    plan = plan_change(employee_ids=[person.pk for person in people], values={"manager": boss})

    assert [each.employee for each in plan.refused] == [people[0]]


def test_somebody_who_was_changed_after_the_list_was_shown_stops_it(hr_admin: Client, people: list[Employee]) -> None:
    shown = show(hr_admin, people, **ending())
    people[0].city = "Lund"
    people[0].save()

    answer = confirm(hr_admin, shown)

    assert "not what stands there now" in told(answer)
    assert last_workdays() == {None}
    confirm(hr_admin, answer)
    assert last_workdays() == {LAST}


def test_somebody_who_was_deleted_meanwhile_stops_it(people: list[Employee]) -> None:
    ids = [person.pk for person in people]
    seen = plan_change(employee_ids=ids, values={"last_workday": LAST}).made_from
    people[0].delete()

    with pytest.raises(NotMade):
        change_together(employee_ids=ids, values={"last_workday": LAST}, shown=seen, key="k", user_id=None)
    assert last_workdays() == {None}


@pytest.mark.behaviour("G-21")
def test_pressing_twice_changes_once_and_says_that_it_was_done_already_by_whom(
    hr_admin: Client, admin_client: Client, people: list[Employee]
) -> None:
    shown = show(hr_admin, people, **ending())
    others = show(admin_client, people, **ending())
    confirm(hr_admin, shown)
    versions = set(Employee.objects.values_list("version", flat=True))

    again = press(hr_admin, shown, "confirm", follow=True)
    assert "This was done already, by you, at" in again.text
    assert "Nothing was done" not in again.text
    assert "This was done already, by hr, at" in press(admin_client, others, "confirm", follow=True).text

    assert set(Employee.objects.values_list("version", flat=True)) == versions


@pytest.mark.behaviour("G-12")
def test_who_changed_what_is_kept(hr_admin: Client, people: list[Employee]) -> None:
    confirm(hr_admin, show(hr_admin, people, **ending()))

    kept = FieldChange.objects.filter(field="last_workday")
    assert {(each.after, each.user.get_username() if each.user else "") for each in kept} == {("2031-06-30", "hr")}


@pytest.mark.behaviour("G-17")
def test_it_says_beforehand_what_goes_where(hr_admin: Client, people: list[Employee]) -> None:
    def answer(**_: Any) -> list[Outgoing]:
        return [
            Outgoing(system="Fortnox", people=3, created=0, limit=2),
            Outgoing(system="Payroll", people=1, created=0, limit=2),
        ]

    outgoing_asked.connect(answer, weak=False)
    try:
        page = show(hr_admin, people, **ending()).content.decode()
    finally:
        outgoing_asked.disconnect(answer)

    assert "3 people change towards Fortnox." in page
    assert "More than 2 people at once wait until somebody releases them" in page
    assert "1 person changes towards Payroll." in page


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, "Choose at least one thing to change."),
        ({"last_workday_becomes": "set"}, "Enter the last workday."),
        ({"manager_becomes": "set"}, "Choose the manager."),
    ],
)
def test_what_is_missing_is_asked_for(
    hr_admin: Client, people: list[Employee], values: dict[str, str], error: str
) -> None:
    assert error in str(show(hr_admin, people, **values).context["form"].errors)


def test_a_department_that_does_not_exist_is_refused(hr_admin: Client, people: list[Employee]) -> None:
    answer = show_by_hand(hr_admin, people, department="999999")

    assert "Select a valid choice." in str(answer.context["form"].errors)


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("day", [date(204, 1, 15), date(1929, 12, 31), date(2950, 1, 1), date(9999, 12, 31)])
def test_a_last_workday_that_cannot_be_is_refused(hr_admin: Client, people: list[Employee], day: date) -> None:
    shown = show(hr_admin, people, **ending(day))

    assert "cannot be changed like this" in " ".join(shown.content.decode().split())
    assert last_workdays() == {None}


def test_a_chain_of_120_managers_is_no_circle_and_its_end_is_not_put_above_it(
    company: Company, people: list[Employee]
) -> None:
    above = first = people[0]
    for _number in range(120):
        above = EmployeeFactory.create(company=company, manager=above)

    assert not plan_change(employee_ids=[people[1].pk], values={"manager": above}).refused
    refused = plan_change(employee_ids=[first.pk], values={"manager": above}).refused
    assert [each.reasons for each in refused] == [["The chain of managers would lead back to this person."]]


def test_another_companys_department_and_manager_cannot_be_chosen(hr_admin: Client, people: list[Employee]) -> None:
    foreign = DepartmentFactory.create()
    stranger = EmployeeFactory.create()

    assert show_by_hand(hr_admin, people, department=foreign.pk).context["form"].errors
    assert show(hr_admin, people, manager_becomes="set", manager=stranger.pk).context["form"].errors


def test_there_is_one_manager(hr_admin: Client, company: Company, people: list[Employee]) -> None:
    bosses = [boss.pk for boss in EmployeeFactory.create_batch(2, company=company)]

    answer = show(hr_admin, people, manager_becomes="set", manager=bosses)

    assert answer.context["form"].errors["manager"] == ["Choose one manager."]


def test_people_of_two_companies_are_not_changed_together(hr_admin: Client, people: list[Employee]) -> None:
    assert "Choose people of one company" in told(choose(hr_admin, [*people, EmployeeFactory.create()]))


def test_too_many_people_are_not_changed_together(
    hr_admin: Client, people: list[Employee], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_PEOPLE", 2)

    assert "At most 2 people" in told(choose(hr_admin, people))
    assert "At most 2 people" in told(show_by_hand(hr_admin, people, **ending()))
    assert together.MOST_PEOPLE == 1_000


def test_without_the_right_to_change_people_nothing_is_changed(
    stranger: Client, payroll: Client, people: list[Employee]
) -> None:
    for client in (stranger, payroll):
        posted = {"employees": str(people[0].pk), **KEEP, **ending(), "confirm": "1"}
        assert client.post(TOGETHER, posted).status_code == 403
    assert last_workdays() == {None}


def test_it_is_changed_by_a_post_alone(hr_admin: Client, people: list[Employee]) -> None:
    assert hr_admin.get(TOGETHER).status_code == 405


@pytest.mark.parametrize("posted", ["9" * 25, "9" * 5_000, "\u0661" * 30])
def test_a_number_that_no_database_takes_is_nobodys(hr_admin: Client, people: list[Employee], posted: str) -> None:
    chosen = ",".join(str(person.pk) for person in people)

    page = hr_admin.post(TOGETHER, {"employees": f"{chosen},{posted}", **KEEP, **LEAVES})

    assert "Change 3 people together?" in page.content.decode()
