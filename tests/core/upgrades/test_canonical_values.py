"""What is stored already becomes canonical by the upgrade: nothing looks edited, nothing is pushed, nothing is lost."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from absences.models import Absence
from employees.models import BankAccount, Department, Employee, ImportJob, ImportRow, StoredValue
from integrations.core.models import Connection, Delivery, FieldChange, Link, Mark, SyncRun
from integrations.core.push.draining import drain
from integrations.core.runs.deciding import RunRefused, approve_run
from integrations.core.upgrades import make_canonical
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEAVE, apply_all, assert_in_step, change, decide, review, row_of
from tests.factories import (
    AbsenceFactory,
    BankAccountFactory,
    CompanyFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)

State = StoredValue.State


def _store(record: Any, **values: Any) -> None:
    """Put values into the database as the version before had them, past every rule."""
    type(record)._base_manager.filter(pk=record.pk).update(**values)


def _upgrade() -> list[str]:
    return make_canonical(apps, today=timezone.localdate()).lines()


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _listed(state: str) -> list[tuple[str, str]]:
    return sorted(StoredValue.objects.filter(state=state).values_list("model", "field"))


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
def test_stored_texts_are_rewritten_counted_and_listed() -> None:
    employee = EmployeeFactory.create(employment_id="1001")
    _store(employee, given_name=_decomposed("Åsa"), city="Malmö\u200b", employment_id="1001\u200b", street="A\u00a0 1")
    before = Employee.objects.get(pk=employee.pk)

    lines = _upgrade()

    after = Employee.objects.get(pk=employee.pk)
    assert (after.given_name, after.city, after.employment_id, after.street) == ("Åsa", "Malmö", "1001", "A 1")
    assert after.version == before.version
    assert Mark.objects.count() == 0
    assert "Rewritten: employees.employee.given_name: 1" in lines
    assert _listed(State.REWRITTEN) == [
        ("employees.employee", name) for name in ("city", "employment_id", "given_name", "street")
    ]
    changes = FieldChange.objects.filter(subject_id=str(employee.pk), field="city").order_by("pk")
    assert [(change.before, change.after, change.user, change.run) for change in changes][-1:] == [
        ("Malmö\u200b", "Malmö", None, None)
    ]


@pytest.mark.django_db
@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("stored", "country", "restored"),
    [
        ("00950", "PL", "00-950"),
        ("1000205", "PT", "1000-205"),
        ("123456789", "US", "12345-6789"),
        ("1000001", "JP", "100-0001"),
        ("01310100", "BR", "01310-100"),
        ("KY11100", "KY", "KY1-1100"),
        ("SW1A1AA", "GB", "SW1A 1AA"),
        ("11122", "SE", "11122"),
        ("12345", "US", "12345"),
    ],
)
def test_postal_codes_get_their_form_back(stored: str, country: str, restored: str) -> None:
    employee = EmployeeFactory.create()
    _store(employee, postal_code=stored, country=country)

    _upgrade()

    employee.refresh_from_db()
    assert employee.postal_code == restored


@pytest.mark.django_db
@pytest.mark.behaviour("D-01", "D-02", "D-11")
def test_what_would_be_refused_now_stays_and_is_listed() -> None:
    employee = EmployeeFactory.create(employment_id="1")
    _store(
        employee, first_workday=date(204, 1, 15), employment_id="NULL", family_name="Bj\ufffdrn", given_name="\u200b"
    )

    lines = _upgrade()

    employee.refresh_from_db()
    assert employee.first_workday == date(204, 1, 15)
    assert (employee.employment_id, employee.family_name, employee.given_name) == ("NULL", "Bj\ufffdrn", "\u200b")
    assert _listed(State.TO_MEND) == [
        ("employees.employee", name) for name in ("employment_id", "family_name", "first_workday", "given_name")
    ]
    assert "To mend: employees.employee.first_workday: 1" in lines


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
def test_two_that_become_equal_stay_two_and_are_listed() -> None:
    company = CompanyFactory.create()
    first = EmployeeFactory.create(company=company, employment_id="1001")
    second = EmployeeFactory.create(company=company, employment_id="x")
    elsewhere = EmployeeFactory.create(employment_id="y")
    _store(second, employment_id="1001\u200b", city="Lund\u200b")
    _store(elsewhere, employment_id="1001\ufeff")
    there = DepartmentFactory.create(company=company, name="Försäljning")
    twin = DepartmentFactory.create(company=company, name="x")
    _store(twin, name=_decomposed("Försäljning"))

    _upgrade()

    for record in (first, second, elsewhere, there, twin):
        record.refresh_from_db()
    assert (first.employment_id, second.employment_id, elsewhere.employment_id) == ("1001", "1001\u200b", "1001")
    assert second.city == "Lund"
    assert twin.name == _decomposed("Försäljning")
    assert Department.objects.count() >= 2
    assert _listed(State.TO_MEND) == [("employees.department", "name"), ("employees.employee", "employment_id")]


@pytest.mark.django_db
@pytest.mark.behaviour("D-01", "D-02")
def test_parts_and_absences_are_looked_at_too() -> None:
    account, position = BankAccountFactory.create(), PositionFactory.create()
    absence, old = AbsenceFactory.create(), AbsenceFactory.create()
    _store(account, account_number=f"{account.account_number}\u200b")
    _store(position, title=_decomposed("Rådgivare"), start=date(20, 1, 1))
    _store(absence, note="Å\u030aker\r\nhem")
    _store(old, start=date(26, 3, 2))

    _upgrade()

    plain = account.account_number
    for record in (account, position, absence, old):
        record.refresh_from_db()
    assert account.account_number == plain
    assert (position.title, position.start) == ("Rådgivare", date(20, 1, 1))
    assert old.start == date(26, 3, 2)
    assert ("absences.absence", "note") in _listed(State.REWRITTEN)
    assert not StoredValue.objects.filter(model="absences.absence", field="note").exclude(before="", after="").exists()
    assert _listed(State.TO_MEND) == [("absences.absence", "start"), ("employees.position", "start")]
    assert "\u200b" not in str(FieldChange.objects.filter(field="bank_account.account_number").latest("pk").after)


@pytest.mark.django_db
def test_an_account_that_is_refused_now_is_listed_whole() -> None:
    account = BankAccountFactory.create()
    _store(account, account_number="123")

    _upgrade()

    account.refresh_from_db()
    assert account.account_number == "123"
    assert [model for model, _field in _listed(State.TO_MEND)] == ["employees.bankaccount"]


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
def test_a_second_upgrade_finds_nothing_to_rewrite() -> None:
    employee = EmployeeFactory.create()
    _store(employee, given_name=_decomposed("Åsa"), first_workday=date(204, 1, 15))
    _upgrade()
    listed = StoredValue.objects.count()

    lines = _upgrade()

    assert not [line for line in lines if line.startswith("Rewritten")]
    assert StoredValue.objects.count() == listed


@pytest.mark.django_db
def test_imports_that_wait_say_that_they_are_to_be_uploaded_again() -> None:
    company = CompanyFactory.create()
    ready = ImportJob.objects.create(company=company, file_name="a.csv", state=ImportJob.State.READY)
    queued = ImportJob.objects.create(company=company, file_name="b.csv", state=ImportJob.State.QUEUED, content=b"x")
    ImportRow.objects.create(job=ready, number=2, state=ImportRow.State.WAITING, values={"city": "Lund\u200b"})

    _upgrade()

    ready.refresh_from_db()
    queued.refresh_from_db()
    assert (ready.state, queued.state) == (ImportJob.State.FAILED, ImportJob.State.QUEUED)
    assert "Upload it again" in ready.error
    assert ready.rows.get().values == {}
    assert bytes(queued.content) == b"x"


def _as_the_version_before(both: Pushed, employee: Employee) -> Link:
    """Put both halves of the agreed values, and the hub's, in the writing of the version before."""
    link = Link.objects.get(left_id=str(employee.pk))
    _store(employee, given_name=_decomposed("Åsa"), city="Malmö\u200b", postal_code="00950")
    pairs = dict(link.pairs)
    pairs["given_name"] = [_decomposed("Åsa"), "Åsa", "left_as_is"]
    pairs["address"] = [["gatan 1", "00950", "malmö\u200b", "PL"], ["gatan 1", "00950", "malmö", "PL"], "settled"]
    Link.objects.filter(pk=link.pk).update(pairs=pairs, digest="0" * 16)
    return link


@pytest.mark.django_db(transaction=True)
@pytest.mark.behaviour("D-01", "D-09", "G-07")
def test_after_the_upgrade_nothing_looks_edited_and_nothing_is_pushed(both: Pushed) -> None:
    vendor = {"FirstName": "Åsa", "City": "Malmö", "PostCode": "00950", "Country": "Polen"}
    employee = both.pair_active(1, vendor=vendor, given_name="Åsa", city="Malmö", postal_code="00950", country="PL")
    link = _as_the_version_before(both, employee)

    _upgrade()
    Mark.objects.all().delete()
    change(Employee.objects.get(pk=employee.pk), private_email="a@example.se")
    drain(connection_id=both.connection.pk, bulk=True)

    assert both.writes() == []
    link.refresh_from_db()
    assert link.pairs["address"][0] == ["gatan 1", "00950", "malmö", "PL"]
    assert link.pairs["given_name"][0] == "Åsa"
    employee.refresh_from_db()
    assert employee.postal_code == "00-950"
    assert_in_step(both.connection, 1)
    assert both.writes() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.behaviour("G-04")
def test_a_review_from_before_is_not_confirmed_but_compared_again(both: Pushed) -> None:
    both.pair(1, given_name="Anna")
    run = review(both.connection)
    _upgrade()
    run.refresh_from_db()

    with pytest.raises(RunRefused) as refusal:
        approve_run(run=run, by=None, made_from=None)

    assert "again" in str(refusal.value)
    run.refresh_from_db()
    assert run.state == SyncRun.State.REVIEW
    apply_all(review(both.connection))


@pytest.mark.django_db
def test_absences_keep_their_versions() -> None:
    absence = AbsenceFactory.create(note="x")
    _store(absence, note="\u200bHem")
    version = Absence.objects.get(pk=absence.pk).version

    _upgrade()

    absence.refresh_from_db()
    assert (absence.note, absence.version) == ("Hem", version)
    assert BankAccount.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.behaviour("D-06", "G-04")
def test_an_account_that_was_left_as_it_is_stays_so_though_it_fits_no_check_digit(both: Pushed) -> None:
    employee = both.pair(1, vendor={"ClearingNo": "8327-9", "BankAccountNo": "123456781"})
    BankAccountFactory.create(employee=employee, clearing_number="5439", account_number="0000004")
    run = review(both.connection)
    decide(row_of(run, left=employee), bank_account=LEAVE)
    apply_all(run)
    link = Link.objects.get()
    left, right, left_as_is = link.pairs["bank_account"]
    before = [left, ["SE", "8327", "123456781", "", ""], left_as_is]
    Link.objects.filter(pk=link.pk).update(pairs={**link.pairs, "bank_account": before}, digest="0" * 16)

    _upgrade()

    assert Link.objects.get().pairs["bank_account"] == [left, right, left_as_is]
    assert_in_step(both.connection, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.behaviour("D-09", "G-04")
@pytest.mark.parametrize(
    ("stored", "country", "left"),
    [
        ("1010", "LV", ["gatan 1", "1010", "x", "LV"]),
        ("CZ11000", "CZ", ["gatan 1", "CZ11000", "x", "CZ"]),
        ("PL00950", "PL", ["gatan 1", "PL00950", "x", "PL"]),
    ],
)
def test_what_was_left_as_it_is_stays_so_whatever_the_new_form(
    both: Pushed, stored: str, country: str, left: list[str]
) -> None:
    employee = both.pair_active(1)
    both.change_at_vendor("101", Address1="Annan 5", PostCode="SE-111 33", City="X", Country="Sverige")
    _store(employee, street="Gatan 1", postal_code=stored, city="X", country=country)
    link = Link.objects.get(left_id=str(employee.pk))
    pairs = {**link.pairs, "address": [left, ["annan 5", "SE-11133", "x", "SE"], "left_as_is"]}
    Link.objects.filter(pk=link.pk).update(pairs=pairs, digest="0" * 16)

    _upgrade()
    Mark.objects.all().delete()
    change(Employee.objects.get(pk=employee.pk), work_phone="+46701740699")
    both.push()

    assert both.sent() == [{"Phone1": "+46701740699"}]
    assert_in_step(both.connection, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.behaviour("D-10")
def test_an_address_that_was_folded_before_is_not_sent_anew(both: Pushed) -> None:
    employee = both.pair_active(1)
    both.change_at_vendor("101", Email="other@demo.example")
    _store(employee, work_email="p1@straße.de")
    link = Link.objects.get(left_id=str(employee.pk))
    pairs = {**link.pairs, "work_email": ["p1@strasse.de", "other@demo.example", "left_as_is"]}
    Link.objects.filter(pk=link.pk).update(pairs=pairs, digest="0" * 16)

    _upgrade()
    Mark.objects.all().delete()
    change(Employee.objects.get(pk=employee.pk), work_phone="+46701740699")
    both.push()

    assert both.sent() == [{"Phone1": "+46701740699"}]


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
def test_what_would_not_fit_any_more_stays_and_is_listed() -> None:
    employee = EmployeeFactory.create()
    _store(employee, given_name="\u0958" * 60)

    _upgrade()

    employee.refresh_from_db()
    assert employee.given_name == "\u0958" * 60
    assert _listed(State.TO_MEND) == [("employees.employee", "given_name")]


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
def test_two_that_stay_two_can_be_edited_otherwise() -> None:
    company = CompanyFactory.create()
    EmployeeFactory.create(company=company, employment_id="1001")
    second = EmployeeFactory.create(company=company, employment_id="x")
    DepartmentFactory.create(company=company, name="Ekonomi")
    twin = DepartmentFactory.create(company=company, name="x")
    _store(second, employment_id="1001\u200b")
    _store(twin, name="Ekonomi\u200b")
    _upgrade()

    second = Employee.objects.get(pk=second.pk)
    second.private_email = "a@example.se"
    second.full_clean()
    second.save()
    Department.objects.get(pk=twin.pk).full_clean()

    second.employment_id = "1002"
    second.full_clean()
    second.save()
    assert Employee.objects.get(pk=second.pk).employment_id == "1002"


@pytest.mark.django_db
def test_what_is_under_way_is_looked_up_and_agreed_on_by_the_new_keys(connection: Connection) -> None:
    employee = EmployeeFactory.create(company=connection.company)
    delivery = Delivery.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(employee.pk),
        action=Delivery.Action.CREATE,
        state=Delivery.State.UNKNOWN,
        natural_key="p1@xn--fretag-wxa.se",
        left_keys={"given_name": _decomposed("Åsa"), "last_workday": None, "work_email": "p1@xn--fretag-wxa.se"},
        sent_at=timezone.now(),
    )

    _upgrade()

    delivery.refresh_from_db()
    assert delivery.natural_key == "p1@företag.se"
    assert delivery.left_keys == {"given_name": "Åsa", "last_workday": None, "work_email": "p1@företag.se"}
