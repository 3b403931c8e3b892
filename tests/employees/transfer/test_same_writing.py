"""What looks equal is equal: whom a row means, and what it changes, in whatever writing the file has it (D-01)."""

import unicodedata

import pytest

from employees.models import Company, Department, Employee, ImportJob, ImportRow
from employees.transfer.departments import Departments
from tests.employees.transfer.files import confirm, preview, reasons
from tests.factories import CompanyFactory, DepartmentFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-01")]
NAMES = ["Employment ID", "Given name", "Family name"]


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(country="SE", name="Åkeri AB")


def make(company: Company, **values: object) -> Employee:
    return EmployeeFactory.create(company=company, **{"given_name": "Anna Maria", "family_name": "Öberg", **values})


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    return tuple(job.counts[name] for name in ("new", "changed", "unchanged", "bad"))


UNCHANGED = (0, 0, 1, 0)


# --- Values -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [
        ("Anna Maria", decomposed("Öberg")),
        ("Anna  Maria", "Öberg"),
        ("Anna\u00a0Maria", "Öberg"),
        ("Anna\u2003Maria", "Öberg"),
        ("Anna Maria\u200b", "Ö\u00adberg"),
        ("\ufeffAnna Maria", "Öberg\r\n"),
        ("Anna\nMaria", "\u00a0Öberg "),
    ],
)
def test_a_name_in_another_writing_changes_nothing(company: Company, given_name: str, family_name: str) -> None:
    make(company, employment_id="1")
    assert counts(preview(company, [NAMES, ["1", given_name, family_name]])) == UNCHANGED


@pytest.mark.parametrize("cell", [decomposed("Öberg"), "Ö\u00adberg", "Öberg"])
@pytest.mark.parametrize("stored", [decomposed("Öberg"), "Ö\u00adberg", "Öberg "])
def test_a_value_that_was_stored_in_another_writing_changes_nothing(company: Company, stored: str, cell: str) -> None:
    Employee._base_manager.filter(pk=make(company, employment_id="1").pk).update(family_name=stored)
    assert counts(preview(company, [NAMES, ["1", "Anna Maria", cell]])) == UNCHANGED


def test_the_whole_file_of_a_mac_changes_nothing(company: Company) -> None:
    make(company, employment_id="Å-7", street="Bäckvägen 1", city="Malmö", country="SE", postal_code="211 19")
    header = [*NAMES, "Street", "City"]
    lines = [header, [decomposed(text) for text in ("Å-7", "Anna Maria", "Öberg", "Bäckvägen 1", "Malmö")]]
    assert counts(preview(company, lines)) == UNCHANGED


def test_a_name_of_other_letters_is_another_one(company: Company) -> None:
    make(company, employment_id="1")
    assert counts(preview(company, [NAMES, ["1", "Anna Maria", "Oberg"]])) == (0, 1, 0, 0)


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\ufeff", "\u3164", "..", "\u2800"])
def test_nobody_comes_without_a_visible_name(company: Company, unseen: str) -> None:
    job = preview(company, [NAMES, ["1", unseen, "Ek"]])
    assert [column for column, _reason in reasons(job)[2]] == ["given_name"]


# --- Whom a row means -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("Å-7", decomposed("Å-7")),
        ("1001", "1001\u200b"),
        ("1001", "\ufeff1001"),
        ("1001", "\u200e1001"),
        ("1001", "\u202a1001\u202c"),
        ("10 01", "10\u00a001"),
        ("10 01", "10  01"),
        ("1001", "\uff11\uff10\uff10\uff11"),
        ("A-1", "A\u20111"),
        ("A-1", "A\u22121"),
    ],
)
def test_an_employment_id_in_another_writing_means_the_same_person(company: Company, stored: str, written: str) -> None:
    person = make(company, employment_id=stored)

    assert counts(preview(company, [NAMES, [written, "Anna Maria", "Öberg"]])) == UNCHANGED
    job = preview(company, [NAMES, [written, "Eva", "Öberg"]])
    assert (counts(job), job.rows.get().record_id) == ((0, 1, 0, 0), person.pk)
    assert job.rows.get().changes == {"given_name": ["Anna Maria", "Eva"]}


@pytest.mark.parametrize("written", ["Å-7", decomposed("Å-7")])
@pytest.mark.parametrize("stored", [decomposed("Å-7"), "Å-7\u200b"])
def test_an_id_that_was_stored_in_another_writing_is_found(company: Company, stored: str, written: str) -> None:
    Employee._base_manager.filter(pk=make(company, employment_id="1").pk).update(employment_id=stored)

    job = confirm(preview(company, [NAMES, [written, "Eva", "Öberg"]]))

    assert [row.state for row in job.rows.all()] == [ImportRow.State.WRITTEN]
    assert Employee.objects.get().given_name == "Eva"


def test_of_two_ids_that_look_alike_the_one_in_just_this_writing_is_meant(company: Company) -> None:
    first, second = make(company, employment_id="1001"), make(company, employment_id="2")
    Employee._base_manager.filter(pk=second.pk).update(employment_id="1001\u200b")

    assert preview(company, [NAMES, ["1001", "Eva", "Ek"]]).rows.get().record_id == first.pk
    assert "look like this one" in reasons(preview(company, [NAMES, ["\ufeff1001", "Eva", "Ek"]]))[2][0][1]


def test_rows_whose_ids_look_equal_are_about_one_person(company: Company) -> None:
    job = preview(company, [NAMES, ["1001", "Eva", "Ek"], ["1001\u200b", "Bo", "Ek"]])
    assert set(reasons(job)) == {2, 3}


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad\u200e", "--"])
def test_an_id_without_a_visible_sign_recognises_nobody(company: Company, unseen: str) -> None:
    assert counts(preview(company, [NAMES, [unseen, "Eva", "Ek"]])) == (0, 0, 0, 1)


@pytest.mark.parametrize("placeholder", ["NULL", "#N/A", "none"])
def test_a_placeholder_is_no_employment_id(company: Company, placeholder: str) -> None:
    assert [column for column, _text in reasons(preview(company, [NAMES, [placeholder, "Eva", "Ek"]]))[2]] == [
        "employment_id"
    ]


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize("stored", ["p1@företag.se", "p1@xn--fretag-wxa.se"])
@pytest.mark.parametrize("written", ["p1@xn--fretag-wxa.se", "P1@FÖRETAG.se", decomposed("p1@företag.se")])
def test_an_address_in_the_other_writing_of_its_domain_means_the_same_person(
    company: Company, stored: str, written: str
) -> None:
    person = make(company, employment_id="")
    Employee._base_manager.filter(pk=person.pk).update(work_email=stored)

    job = confirm(preview(company, [["Work e-mail", "Given name", "Family name"], [written, "Eva", "Öberg"]]))

    assert [(row.record_id, row.state, row.errors) for row in job.rows.all()] == [(person.pk, "written", [])]
    assert Employee.objects.get().given_name == "Eva"


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("first", "second"), [("p1@xn--fretag-wxa.se", "P1@företag.se"), ("p1@företag.se", "p1@xn--fretag-wxa.se")]
)
def test_somebody_who_got_the_address_after_the_preview_is_seen_in_either_writing(
    company: Company, first: str, second: str
) -> None:
    job = preview(company, [["Work e-mail", "Given name", "Family name"], [first, "Eva", "Ek"]])
    Employee._base_manager.filter(pk=make(company).pk).update(work_email=second)

    assert [row.state for row in confirm(job).rows.all()] == [ImportRow.State.MOVED]


# --- Departments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("Försäljning", decomposed("Försäljning")),
        ("Försäljning", decomposed("FÖRSÄLJNING")),
        ("Ekonomi", "Ekonomi\u200b"),
        ("Sälj Syd", "Sälj\u00a0Syd"),
        ("Sälj Syd", "Sälj  Syd"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_department_in_another_writing_is_the_existing_one(company: Company, stored: str, written: str) -> None:
    department = DepartmentFactory.create(company=company, name=stored)
    person = make(company, employment_id="1", department=None)

    job = preview(company, [["Employment ID", "Department"], ["1", written]], create_departments=True)
    assert job.counts["departments"] == []
    confirm(job)

    person.refresh_from_db()
    assert (person.department, Department.objects.count()) == (department, 1)
    again = preview(company, [["Employment ID", "Department"], ["1", written]], create_departments=True)
    assert counts(again) == UNCHANGED


@pytest.mark.parametrize("stored", [decomposed("Försäljning"), "Försäljning\u200b"])
def test_a_department_that_was_stored_in_another_writing_is_found(company: Company, stored: str) -> None:
    department = DepartmentFactory.create(company=company, name=stored)
    make(company, employment_id="1", department=None)

    confirm(preview(company, [["Employment ID", "Department"], ["1", "försäljning"]], create_departments=True))

    assert (Employee.objects.get().department, Department.objects.count()) == (department, 1)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("Ekonomi", "ｅkonomi"),
        ("Sälj - Syd", "Sälj – Syd"),
        ("Sälj-Syd", "Sälj\u2212Syd"),
        ("R&D", "R＆D"),
        ("R&D", "R&amp;D"),
        ("Försäljning", "F&ouml;rs&auml;ljning"),
    ],
)
def test_a_department_that_a_program_wrote_in_its_way_is_the_existing_one(
    company: Company, stored: str, written: str
) -> None:
    department = DepartmentFactory.create(company=company, name=stored)
    make(company, employment_id="1", department=None)

    job = preview(company, [["Employment ID", "Department"], ["1", written]], create_departments=True)
    assert job.counts["departments"] == []
    confirm(job)

    assert (Employee.objects.get().department, Department.objects.count()) == (department, 1)


def test_of_two_departments_that_differ_in_their_dash_the_one_is_found_that_is_named(company: Company) -> None:
    hyphen, dash = (DepartmentFactory.create(company=company, name=name) for name in ("Sälj-Syd", "Sälj–Syd"))
    for number in "12":
        make(company, employment_id=number, department=None)

    confirm(preview(company, [["Employment ID", "Department"], ["1", "Sälj-Syd"], ["2", "sälj–syd"]]))
    found = [person.department for person in Employee.objects.order_by("employment_id")]
    assert found == [hyphen, dash]

    unclear = preview(company, [["Employment ID", "Department"], ["1", "Sälj\u2212Syd"]])
    assert [column for column, _text in reasons(unclear)[2]] == ["department"]


@pytest.mark.parametrize("name", ["#N/A", "NULL", "2026-03-01", "12:30", "Ek\u043enomi", "1,2E+4"])
def test_what_is_no_department_is_refused(company: Company, name: str) -> None:
    make(company, employment_id="1", department=None)
    job = preview(company, [["Employment ID", "Department"], ["1", name]], create_departments=True)
    assert [column for column, _text in reasons(job)[2]] == ["department"]


def test_a_department_in_another_alphabet_that_looks_the_same_is_the_existing_one(company: Company) -> None:
    department = DepartmentFactory.create(company=company, name="CEO")
    make(company, employment_id="1", department=None)

    confirm(preview(company, [["Employment ID", "Department"], ["1", "\u0421\u0415\u041e"]], create_departments=True))

    assert (Employee.objects.get().department, Department.objects.count()) == (department, 1)


def test_a_new_department_is_created_once_and_canonical(company: Company) -> None:
    make(company, employment_id="1"), make(company, employment_id="2")
    lines = [["Employment ID", "Department"], ["1", decomposed("Sälj\u00a0Syd")], ["2", "SÄLJ SYD\u200b"]]
    before = set(Department.objects.values_list("name", flat=True))

    job = preview(company, lines, create_departments=True)
    assert job.counts["departments"] == ["Sälj Syd"]
    confirm(job)

    assert set(Department.objects.values_list("name", flat=True)) - before == {"Sälj Syd"}


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "--", "\ufffd"])
def test_a_department_without_a_visible_name_is_refused(company: Company, unseen: str) -> None:
    make(company, employment_id="1")

    job = preview(company, [["Employment ID", "Department"], ["1", unseen]], create_departments=True)

    assert [column for column, _reason in reasons(job)[2]] == ["department"]


# --- Company and manager ----------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [decomposed("Åkeri AB"), "ÅKERI\u00a0AB", "Åkeri  AB\u200b"])
def test_the_company_in_another_writing_is_the_company(company: Company, written: str) -> None:
    make(company, employment_id="1")
    assert counts(preview(company, [["Employment ID", "Company"], ["1", written]])) == UNCHANGED


@pytest.mark.parametrize("written", [decomposed("Å1"), "Å1\u200b", "boss@xn--fretag-wxa.se", "Boss@FÖRETAG.se"])
def test_a_manager_in_another_writing_is_found(company: Company, written: str) -> None:
    boss = make(company, employment_id="Å1", work_email="boss@företag.se")
    person = make(company, employment_id="2")

    confirm(preview(company, [["Employment ID", "Manager"], ["2", written]]))

    person.refresh_from_db()
    assert person.manager == boss
    assert counts(preview(company, [["Employment ID", "Manager"], ["2", written]])) == UNCHANGED


@pytest.mark.parametrize(("id_written", "manager_written"), [(decomposed("Å1"), "Å1"), ("Å1", decomposed("Å1"))])
def test_a_manager_of_the_same_file_is_found_in_another_writing(
    company: Company, id_written: str, manager_written: str
) -> None:
    lines = [[*NAMES, "Manager"], ["2", "Eva", "Ek", manager_written], [id_written, "Bo", "Ek", ""]]

    confirm(preview(company, lines))

    assert Employee.objects.get(employment_id="2").manager == Employee.objects.get(employment_id="Å1")


def test_a_chain_of_120_managers_is_no_circle_in_a_file(company: Company) -> None:
    lines = [[*NAMES, "Manager"], ["0", "Eva", "Ek", ""]]
    lines += [[f"{number}", "Eva", "Ek", f"{number - 1}"] for number in range(1, 121)]

    confirm(preview(company, lines))

    assert Employee.objects.get(employment_id="120").manager == Employee.objects.get(employment_id="119")
    for person in (Employee.objects.get(employment_id="0"), Employee.objects.get(employment_id="120")):
        person.full_clean()
    circle = preview(company, [["Employment ID", "Manager"], ["0", "120"]])
    assert reasons(circle)[2] == [["manager", "The chain of managers would lead back to this person."]]


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
def test_of_departments_that_differ_in_capitals_the_one_written_just_so_is_meant() -> None:
    company = CompanyFactory.create()
    names = ("Ekonomi", "ekonomi", "EKONOMI")
    stored = {name: DepartmentFactory.create(company=company, name=name) for name in names}
    departments = Departments(company)
    assert {name: departments.find(name) for name in names} == stored
