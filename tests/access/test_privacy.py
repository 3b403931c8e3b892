"""Health data, national IDs and protected identities: who sees them, by right and by the company's choice."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from absences.models import Absence
from config.roles import rights_of
from employees.access.models import EmployeeLink
from employees.access.reading import reading_as
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, MANAGER
from employees.likenesses import with_national_id
from employees.models import Company, Employee, ImportJob
from integrations.core.clues import NATIONAL_ID
from integrations.core.compare.fields import blocked
from integrations.core.declare import Side
from integrations.core.hub.endpoint import as_company_allows
from integrations.core.hub.labels import names_of
from integrations.visma_payroll.connector import VismaPayrollConnector
from tests.access.signing_in import text_of
from tests.access.world import signed_in, world_of
from tests.core.admin.filling import service_runs
from tests.core.hub.test_endpoint import people_of
from tests.employees.transfer.files import preview
from tests.factories import AbsenceFactory, CompanyFactory, EmployeeFactory
from tests.pages import form_of, press

pytestmark = pytest.mark.django_db
ABSENCES = reverse("admin:absences_absence_changelist")
PEOPLE = reverse("admin:employees_employee_changelist")


def absence_of_team(country: str = "SE", **values: object) -> Absence:
    company = CompanyFactory.create(country=country)
    boss = EmployeeFactory.create(company=company)
    person = EmployeeFactory.create(company=company, manager=boss, given_name="Eva", family_name="Lund")
    return AbsenceFactory.create(employee=person, type__name="Migraine", note="Aura", **values)


def manager_of(absence: Absence) -> Client:
    user = User.objects.create_user("mats", is_staff=True)
    user.groups.set([Group.objects.get(name=MANAGER)])
    boss = absence.employee.manager
    assert boss is not None
    EmployeeLink.objects.create(user=user, employee=boss)
    client = Client()
    client.force_login(user)
    return client


def page_of(absence: Absence) -> str:
    return reverse("admin:absences_absence_change", args=[absence.pk])


def choose(company: Company, **settings: str) -> None:
    Company.objects.filter(pk=company.pk).update(**settings)


# --- Kinds of absences (PR-01) ------------------------------------------------------------------------------------


@pytest.mark.behaviour("PR-01")
def test_a_manager_sees_away_wherever_the_company_says_so_and_the_kind_once_it_does_not() -> None:
    absence = absence_of_team()
    client = manager_of(absence)
    choose(absence.employee.company, managers_see_kinds="no")
    action = {"action": "approve_chosen", "_selected_action": [absence.pk]}

    pages = [client.get(ABSENCES), client.get(page_of(absence)), client.post(ABSENCES, action)]

    assert all("Away" in text_of(page) or "away" in text_of(page) for page in pages)
    assert not any(word in page.content.decode() for word in ("Migraine", "Aura") for page in pages)

    choose(absence.employee.company, managers_see_kinds="yes")
    assert "Migraine" in text_of(client.get(ABSENCES))
    assert "Aura" in client.get(page_of(absence)).content.decode()


@pytest.mark.behaviour("PR-01")
def test_a_decision_of_a_manager_who_sees_away_goes_through_and_keeps_no_kind() -> None:
    absence = absence_of_team()
    client = manager_of(absence)
    choose(absence.employee.company, managers_see_kinds="no")

    press(client, client.get(page_of(absence)), "Approve")

    absence.refresh_from_db()
    assert absence.status == "approved"
    assert "Migraine" not in "".join(f"{each.object_repr}{each.change_message}" for each in LogEntry.objects.all())


@pytest.mark.behaviour("PR-01")
@pytest.mark.parametrize("query", [{"type__id__exact": "1"}, {"type__name": "Migraine"}, {"note__contains": "A"}])
def test_a_kind_is_not_worked_back_from_the_address_of_the_list(query: dict[str, str]) -> None:
    absence = absence_of_team()
    client = manager_of(absence)
    choose(absence.employee.company, managers_see_kinds="no")

    assert client.get(ABSENCES, query).status_code in (302, 400)
    assert "type" not in client.get(ABSENCES).context["cl"].list_filter


@pytest.mark.behaviour("PR-01")
def test_in_the_netherlands_managers_never_see_kinds_and_the_setting_is_hidden_and_refused() -> None:
    absence = absence_of_team("NL")
    company = absence.employee.company
    hr = signed_in(HR_ADMIN)
    page = reverse("admin:employees_company_change", args=[company.pk])

    assert "managers_see_kinds" not in form_of(hr.get(page)).values()
    assert "Migraine" not in text_of(manager_of(absence).get(ABSENCES))

    swedish = CompanyFactory.create(managers_see_kinds="yes")
    moved = reverse("admin:employees_company_change", args=[swedish.pk])
    refused = press(hr, hr.get(moved), "_save", {"country": "NL"})
    assert "managers may not see why" in text_of(refused)
    press(hr, refused, "_save", {"country": "NL", "managers_see_kinds": "no"})
    swedish.refresh_from_db()
    assert swedish.country == "NL"


@pytest.mark.behaviour("PR-01")
def test_an_export_holds_kinds_only_once_somebody_with_the_right_ticks_them() -> None:
    absence = absence_of_team()
    client, hr = manager_of(absence), signed_in(HR_ADMIN)
    export = reverse("admin:absences_absence_export")
    choose(absence.employee.company, managers_see_kinds="no")

    plain = press(hr, hr.get(export), "Submit", {"format": "0"}).content.decode()
    assert absence.type.code not in plain
    assert "Aura" not in plain
    assert (
        absence.type.code
        in press(hr, hr.get(export), "Submit", {"format": "0", "absenceresource_type": "on"}).content.decode()
    )
    assert "absenceresource_type" not in form_of(client.get(export), button="Submit").values()
    assert "Type" not in text_of(client.get(export))


@pytest.mark.behaviour("PR-01")
def test_whatever_is_made_for_nobody_in_particular_says_away() -> None:
    absence = absence_of_team()
    hr = User.objects.create_user("hanna", is_staff=True)
    hr.groups.set([Group.objects.get(name=HR_ADMIN)])

    assert "Migraine" not in str(absence)
    with reading_as(hr):
        assert "Migraine" in str(absence)
    assert "Migraine" not in str(absence)


# --- National IDs (PR-02) -----------------------------------------------------------------------------------------


@pytest.mark.behaviour("PR-02")
def test_a_company_that_keeps_none_has_no_field_and_takes_none() -> None:
    company = CompanyFactory.create(national_id_stored="no")
    person = EmployeeFactory.create(company=company, national_id="", national_id_country="")
    hr = signed_in(HR_ADMIN)
    page = reverse("admin:employees_employee_change", args=[person.pk])

    assert "national_id" not in form_of(hr.get(page)).values()

    adding = hr.get(reverse("admin:employees_employee_add"))
    values = {"company": company.pk, "given_name": "Bo", "family_name": "Ek"}
    number = {"national_id": "9001012384", "national_id_country": "SE"}
    assert "keeps no national IDs" in text_of(press(hr, adding, "_save", {**values, **number}))
    assert not Employee.objects.filter(given_name="Bo").exists()


@pytest.mark.behaviour("PR-02")
def test_an_import_refuses_the_column_and_says_why() -> None:
    company = CompanyFactory.create(national_id_stored="no")
    header = ["employment_id", "given_name", "family_name", "national_id", "national_id_country"]

    job: ImportJob = preview(company, [header, ["1", "Bo", "Ek", "9001012384", "SE"]], sensitive_allowed=True)

    assert f"{company} keeps no national IDs. Remove these columns" in job.error
    assert "National ID" in job.error


@pytest.mark.behaviour("PR-02")
def test_what_stands_still_is_told_and_emptied_only_once_somebody_says_so() -> None:
    person = EmployeeFactory.create()
    other = EmployeeFactory.create(company=person.company)
    choose(person.company, national_id_stored="no")
    hr = signed_in(HR_ADMIN)
    page = reverse("admin:employees_employee_change", args=[person.pk])
    company_page = reverse("admin:employees_company_change", args=[person.company.pk])

    press(hr, hr.get(page), "_save", {"city": "Umeå"})
    person.refresh_from_db()
    assert person.national_id
    press(hr, hr.get(page), "_save", {"empty_national_id": "on"})
    person.refresh_from_db()
    assert (person.national_id, person.national_id_country) == ("", "")

    assert "Empty the 1 national ID that is kept still" in text_of(hr.get(company_page))
    press(hr, hr.get(company_page), "_save", {"empty_national_ids": "on"})
    other.refresh_from_db()
    assert other.national_id == ""


@pytest.mark.behaviour("PR-02")
@pytest.mark.parametrize("setting", ["national_id_matched", "national_id_stored"])
def test_nobody_is_recognised_by_a_number_where_the_company_does_not_want_it(setting: str) -> None:
    person = EmployeeFactory.create()
    twin = EmployeeFactory.create(company=person.company, national_id=person.national_id)
    assert with_national_id(twin) == [person]
    assert people_of(person.company).sharing_national_id([str(person.pk)])

    choose(person.company, **{setting: "no"})
    company = Company.objects.get(pk=person.company.pk)
    people = people_of(company)

    assert people.sharing_national_id([str(person.pk)]) == {}
    assert not any(clue.startswith(NATIONAL_ID) for record in people.scan() for clue in record.clues)
    if setting == "national_id_matched":
        assert with_national_id(Employee.objects.get(pk=twin.pk)) == []


@pytest.mark.behaviour("PR-02")
def test_a_number_that_is_not_to_be_sent_is_refused_by_name() -> None:
    connector = VismaPayrollConnector(options={})
    (resource,) = connector.resources()
    company = CompanyFactory.create(country="NO")
    sources = connector.sources(resource.name)

    def reason() -> str:
        allowed = as_company_allows(resource, sources, company).field("national_id")
        return blocked(allowed, to=Side.RIGHT, value="01010750160", protected=False)

    assert "sends no" not in reason()
    company.national_id_sent = "no"
    assert reason() == f"{company} sends no national IDs."


@pytest.mark.behaviour("PR-02")
def test_a_person_is_found_by_the_whole_number_that_stands_in_no_address() -> None:
    person = EmployeeFactory.create()
    hr, page = signed_in(HR_ADMIN), reverse("admin:employees_employee_find_by_number")

    found = press(hr, hr.get(page), "Find", {"number": person.national_id})
    assert str(person.full_name) in text_of(found)
    assert person.national_id not in found.request["QUERY_STRING"]
    assert "Nobody whom you see" in text_of(press(hr, hr.get(page), "Find", {"number": person.national_id[:-2]}))
    assert hr.get(PEOPLE, {"q": person.national_id}).context["cl"].result_count == 0
    assert signed_in(INTEGRATION_ADMIN).get(page).status_code == 403


# --- Protected identities (PR-04) ---------------------------------------------------------------------------------


@pytest.mark.behaviour("PR-04")
def test_a_protected_identity_is_absent_for_whoever_lacks_the_right() -> None:
    service_runs()
    world = world_of("Alpha")
    client, hr = signed_in(INTEGRATION_ADMIN, world.company), signed_in(HR_ADMIN, world.company)
    person, name = world.person, str(world.person.full_name)
    page = reverse("admin:employees_employee_change", args=[person.pk])
    assert name in text_of(client.get(PEOPLE))
    person.protected_identity = True
    person.save()

    query = {"app_label": "employees", "model_name": "employee", "field_name": "manager", "term": "Eva"}
    assert name not in text_of(client.get(PEOPLE))
    assert client.get(page).status_code == 302
    assert client.get(reverse("admin:autocomplete"), query).json()["results"] == []
    exported = press(client, client.get(reverse("admin:employees_employee_export")), "Submit", {"format": "0"})
    assert name not in exported.content.decode()
    section = reverse("admin:fortnox_fortnoxconnection_missing", args=[world.ids["pk"], world.ids["run_id"]])
    assert name not in text_of(client.get(section))
    assert name in text_of(hr.get(PEOPLE))
    assert name in text_of(hr.get(section))


@pytest.mark.behaviour("PR-04")
def test_marking_somebody_takes_address_and_phones_out_of_stored_copies_and_lists_what_vendors_hold() -> None:
    service_runs()
    world = world_of("Alpha")
    differing = world.reviewed.run.rows.get(pk=world.ids["syncrow"])
    person = Employee.objects.get(pk=int(differing.left_id))
    link = differing.link
    assert link is not None
    link.pairs = {"phone": ["+46701740605", "+46701740605", "settled"], "given_name": ["a", "a", "settled"]}
    link.save()
    hr = signed_in(HR_ADMIN, world.company)
    page = reverse("admin:employees_employee_change", args=[person.pk])

    press(hr, hr.get(page), "_save", {"protected_identity": "on"})

    link.refresh_from_db()
    assert list(link.pairs) == ["given_name"]
    phones = [field for field in differing.fields.all() if field.field in ("phone", "address")]
    assert [(field.left, field.right, field.decision) for field in phones] == [(None, None, "open")] * len(phones)
    assert world.reviewed.run.connection.deliveries.get().wanted == {}
    assert "Remove by hand in the connected systems" in text_of(hr.get(page))


@pytest.mark.behaviour("PR-04")
def test_the_right_comes_with_the_roles_that_need_it_and_a_mail_holds_the_name() -> None:
    assert "employees.view_protected" in rights_of(HR_ADMIN)
    assert "employees.view_protected" not in rights_of(INTEGRATION_ADMIN)
    person = EmployeeFactory.create(protected_identity=True)
    client = User.objects.create_user("ida", is_staff=True)

    assert person.full_name in names_of([str(person.pk)])[str(person.pk)]
    with reading_as(client):
        assert names_of([str(person.pk)]) == {str(person.pk): "Somebody with a protected identity"}
