"""The person's page: the state in each connection, and who changed what from what to what (G-12)."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from employees.models import BankAccount, Employee
from integrations.core.admin.people import LAST_CHANGES
from integrations.core.hub.acting import acting_as
from integrations.core.models import FieldChange, Link
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import World
from tests.core.admin.pages import list_of, page_of, text_of
from tests.factories import BankAccountFactory, CompensationFactory, DepartmentFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db


def history(client: Client, world: World) -> list[tuple[str, str, str, str, str]]:
    changes = client.get(page_of(world.employee)).context["changes"]
    return [(change.who, change.where, str(change.field), change.before, change.after) for change in changes]


@pytest.mark.behaviour("G-12")
def test_a_change_by_hand_is_found_with_the_person_who_made_it(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    before = world.employee.city
    press(client, client.get(page_of(world.employee)), "Save", {"city": "Umeå"})

    assert history(client, world)[0] == ("hr_admin", "Hub", "City", before, "Umeå")


@pytest.mark.behaviour("G-12")
def test_a_runs_change_of_the_hub_is_found_with_the_run(sign_in: SignIn, world: World) -> None:
    employee = Employee.objects.get(pk=world.employee.pk)
    department = DepartmentFactory.create(company=employee.company, name="Sales")
    with acting_as(user_id=world.run.by_id, run_id=world.run.pk, connection_id=world.connection.pk):
        employee.department = department
        employee.save()

    latest = history(sign_in("hr_admin"), world)[0]

    assert latest == (f"Synchronisation #{world.run.pk}", "Hub", "Department", "", str(department))


@pytest.mark.behaviour("G-12")
def test_what_was_written_to_the_vendor_is_found_with_the_run(sign_in: SignIn, world: World) -> None:
    run = f"Synchronisation #{world.run.pk}"

    assert (run, "Fortnox Demo", "Bank account", "", "5140-3215642") in history(sign_in("hr_admin"), world)


@pytest.mark.behaviour("G-12")
def test_every_value_that_a_run_wrote_is_found_from_the_run(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    address = f"{list_of('fieldchange')}?run__id__exact={world.run.pk}"

    assert address in text_of(client.get(page_of(world.run)))
    changes = client.get(address).context["cl"].result_list
    assert [(change.run_id, change.field) for change in changes] == [(world.run.pk, "bank_account")]


@pytest.mark.behaviour("G-12")
def test_national_ids_and_bank_accounts_are_masked_for_whoever_may_not_see_them(
    reader_without_sensitive: Client, sign_in: SignIn, world: World
) -> None:
    account = BankAccount.objects.get().account_number
    secrets = (account, world.employee.national_id, "3215642")
    pages = (page_of(world.employee), list_of("fieldchange"))

    shown = [secret for page in pages for secret in secrets if secret in text_of(reader_without_sensitive.get(page))]

    assert shown == []
    full = text_of(sign_in("hr_admin").get(pages[1]))
    assert all(secret in full for secret in secrets)


@pytest.mark.behaviour("G-12")
def test_compensation_is_not_told_to_whoever_may_not_see_it(sign_in: SignIn, world: World) -> None:
    CompensationFactory.create(employee=world.employee, amount="98765.00")

    assert any(change[4] == "98765.00" for change in history(sign_in("hr_admin"), world))
    client = sign_in("staff")
    rights = Permission.objects.filter(codename__in=("view_employee", "view_fieldchange"))
    User.objects.get(username="staff").user_permissions.set(rights)
    assert not any(change[4] == "98765.00" for change in history(client, world))


@pytest.mark.behaviour("G-12")
def test_a_new_persons_history_names_the_company(sign_in: SignIn, world: World) -> None:
    employee = EmployeeFactory.create(company=world.employee.company)
    changes = sign_in("hr_admin").get(page_of(employee)).context["changes"]
    assert ("Company", str(employee.company)) in {(str(change.field), change.after) for change in changes}


@pytest.mark.behaviour("G-12")
def test_a_new_persons_history_has_a_line_per_field_with_nothing_before(sign_in: SignIn, world: World) -> None:
    employee = EmployeeFactory.create(company=world.employee.company, given_name="Åsa", city="Umeå", street2="")
    BankAccountFactory.create(employee=employee, clearing_number="6000")

    page = sign_in("hr_admin").get(page_of(employee))

    lines = [(str(each.field), each.before, each.after) for each in page.context["changes"]]
    assert {("Given name", "", "Åsa"), ("City", "", "Umeå"), ("Bank account: clearing number", "", "6000")} <= set(
        lines
    )
    assert all(after for _field, _before, after in lines)
    # The newest first, and of one moment the last field first: as it always was.
    names = [field for field, _before, _after in lines]
    assert names.index("Bank account: clearing number") < names.index("City") < names.index("Given name")


@pytest.mark.behaviour("G-12")
def test_a_history_kept_field_by_field_reads_like_one_kept_as_a_whole(sign_in: SignIn, world: World) -> None:
    employee = EmployeeFactory.create(company=world.employee.company)
    BankAccountFactory.create(employee=employee)
    client = sign_in("hr_admin")
    whole = [(each.field, each.before, each.after) for each in client.get(page_of(employee)).context["changes"]]
    entries = list(FieldChange.objects.filter(subject_id=str(employee.pk)).order_by("pk"))
    FieldChange.objects.filter(subject_id=str(employee.pk))._raw_delete("default")
    for entry in entries:
        model = BankAccount if entry.field.startswith("bank_account.") else Employee
        order = [field.attname for field in model._meta.concrete_fields]
        for single in sorted(entry.by_field(), key=lambda each: order.index(each.field.rpartition(".")[2])):
            FieldChange.objects.create(
                subject=single.subject,
                subject_id=single.subject_id,
                field=single.field,
                after=single.after,
                at=single.at,
            )

    singly = [(each.field, each.before, each.after) for each in client.get(page_of(employee)).context["changes"]]

    assert singly == whole


@pytest.mark.behaviour("G-12")
def test_whoever_may_not_see_bank_accounts_sees_nothing_of_a_new_one(sign_in: SignIn, world: World) -> None:
    employee = EmployeeFactory.create(company=world.employee.company, family_name="Berg")
    BankAccountFactory.create(employee=employee, clearing_number="6000", account_number="806967498", bic="SWEDSESS")
    client = sign_in("staff")
    rights = Permission.objects.filter(codename__in=("view_employee", "view_fieldchange"))
    User.objects.get(username="staff").user_permissions.set(rights)

    pages = [text_of(client.get(page)) for page in (page_of(employee), list_of("fieldchange"))]

    assert all("Berg" in page for page in pages)
    assert not any(secret in page for page in pages for secret in ("806967498", "SWEDSESS", "Bank account, new"))


@pytest.mark.behaviour("G-12")
def test_the_whole_history_has_a_row_for_somebody_new_with_all_the_values(
    sign_in: SignIn, reader_without_sensitive: Client, world: World
) -> None:
    employee = EmployeeFactory.create(
        company=world.employee.company, given_name="Åsa", national_id="5501019805", national_id_country="SE"
    )
    address = f"{list_of('fieldchange')}?subject__exact=employee&subject_id__exact={employee.pk}"
    client = sign_in("hr_admin")

    page = client.get(address)
    (entry,) = page.context["cl"].result_list

    assert page.context["cl"].result_count == 1
    for shown in (text_of(page), text_of(client.get(page_of(entry)))):
        assert all(text in shown for text in ("Employee, new", "Given name: Åsa", "5501019805"))
    for masked in (reader_without_sensitive.get(address), reader_without_sensitive.get(page_of(entry))):
        assert "5501019805" not in text_of(masked)
        assert "Given name: Åsa" in text_of(masked)


@pytest.mark.behaviour("G-12")
def test_a_value_in_the_history_is_text_and_never_markup(sign_in: SignIn, world: World) -> None:
    EmployeeFactory.create(company=world.employee.company, given_name="<b>Åsa</b>")

    page = sign_in("hr_admin").get(list_of("fieldchange")).content.decode()

    assert "&lt;b&gt;Åsa&lt;/b&gt;" in page
    assert "<b>Åsa" not in page


@pytest.mark.behaviour("G-12")
def test_a_long_history_ends_with_a_link_to_all_of_it(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    employee = Employee.objects.get(pk=world.employee.pk)
    for number in range(LAST_CHANGES + 1):
        employee.city = f"City {number}"
        employee.save()

    page = text_of(client.get(page_of(employee)))

    address = f"{list_of('fieldchange')}?subject__exact=employee&amp;subject_id__exact={employee.pk}"
    assert address in page
    assert len(history(client, world)) == LAST_CHANGES
    assert client.get(address.replace("&amp;", "&")).context["cl"].result_count > LAST_CHANGES


def test_the_person_page_tells_the_state_in_each_connection(sign_in: SignIn, world: World) -> None:
    (standing,) = sign_in("hr_admin").get(page_of(world.employee)).context["standings"]

    assert (standing.link, standing.problem, standing.badge["text"]) == (world.link, world.problem, "Active")


@pytest.mark.behaviour("G-14")
def test_somebody_without_a_link_is_not_there_yet(sign_in: SignIn, world: World) -> None:
    Link.objects.all().delete()

    (standing,) = sign_in("hr_admin").get(page_of(world.employee)).context["standings"]

    assert standing.badge["text"] == "Not in Fortnox Demo yet"


def test_a_person_of_another_company_stands_in_none_of_its_connections(sign_in: SignIn, world: World) -> None:
    page = sign_in("hr_admin").get(page_of(EmployeeFactory.create()))

    assert page.context["standings"] == []


def test_payroll_sees_the_person_without_the_integrations(sign_in: SignIn, world: World) -> None:
    page = sign_in("payroll").get(page_of(world.employee))

    assert page.status_code == 200
    assert not re.search("Field history|In the connected systems", text_of(page))


@pytest.mark.parametrize("model_name", ["link", "delivery", "fieldchange"])
def test_records_are_found_by_the_name_of_the_person(sign_in: SignIn, world: World, model_name: str) -> None:
    client = sign_in("hr_admin")
    EmployeeFactory.create(given_name="Bo", family_name="Berg", company=world.employee.company)

    assert client.get(f"{list_of(model_name)}?q=eva+ek").context["cl"].result_count >= 1
    assert client.get(f"{list_of(model_name)}?q=nobody").context["cl"].result_count == 0


def test_a_deleted_person_keeps_the_history(sign_in: SignIn, world: World) -> None:
    pk = world.employee.pk
    Employee.objects.get(pk=pk).delete()

    assert f"Deleted person ({pk})" in text_of(sign_in("hr_admin").get(list_of("link")))


def test_a_deleted_person_is_named_without_a_way_to_nowhere(sign_in: SignIn, world: World) -> None:
    client, person = sign_in("hr_admin"), page_of(world.employee)
    pages = [page_of(world.link), page_of(world.delivery)]
    assert all(f'href="{person}"' in client.get(page).content.decode() for page in pages)

    pk = world.employee.pk
    Employee.objects.get(pk=pk).delete()

    for page in pages:
        answer = client.get(page)
        assert f"Deleted person ({pk})" in text_of(answer)
        assert f'href="{person}"' not in answer.content.decode()


def test_the_whole_person_form_still_saves(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    opened = client.get(page_of(world.employee))

    assert press(client, opened, "Save", {"city": "Lund"}).status_code == 302
    assert client.get(reverse("admin:employees_employee_changelist")).status_code == 200
