"""What a report never holds: it travels by e-mail."""

import pytest

from employees.models import Employee
from integrations.core.models import SyncField, SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.report.writing import report_html
from tests.core.report.runs import Decision, Kind, State, add_row, count_rows, make_run
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db

PHONE, STREET, CITY = "+46701234567", "Hemliga gatan 7", "Gömstad"
REFUSAL = f"Phone1 {PHONE} och adress {STREET}, {CITY} är ogiltiga."


@pytest.fixture
def run() -> SyncRun:
    return make_run()


@pytest.fixture
def protected(run: SyncRun) -> Employee:
    person: Employee = EmployeeFactory.create(
        company=run.connection.company,
        protected_identity=True,
        work_phone=PHONE,
        private_phone=PHONE,
        street=STREET,
        city=CITY,
    )
    return person


def everything_sent(run: SyncRun) -> str:
    report = build_report(run=count_rows(run))
    return report_text(report) + report_html(report)


@pytest.mark.behaviour("G-18")
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("kind", Kind.values)
def test_address_and_phone_of_a_protected_person_stand_in_no_report(
    run: SyncRun, protected: Employee, kind: str, state: str
) -> None:
    refusal = REFUSAL if state == State.REFUSED else ""
    row = add_row(run, kind=kind, state=state, person=protected, reason=refusal)
    address = [STREET, "12345", CITY, "SE"]
    for field, value in (("phone", PHONE), ("address", address)):
        SyncField.objects.create(row=row, field=field, left=value, right=value, decision=Decision.LEFT)
    sent = everything_sent(run)
    assert protected.full_name in sent
    assert not [value for value in (PHONE, PHONE[3:], STREET, CITY) if value in sent]


@pytest.mark.behaviour("G-18")
def test_a_refusal_of_a_protected_person_says_where_its_reason_stands(run: SyncRun, protected: Employee) -> None:
    add_row(run, kind=Kind.DIFFERS, state=State.REFUSED, person=protected, reason=REFUSAL)
    assert "The reason is not sent by e-mail, to protect the person." in everything_sent(run)


@pytest.mark.behaviour("G-18")
def test_a_protected_person_who_was_created_is_said_to_be_without_address_and_phone(
    run: SyncRun, protected: Employee
) -> None:
    add_row(run, kind=Kind.ONLY_LEFT, state=State.WRITTEN, person=protected)
    assert "Not sent, because the person has a protected identity: Work phone, Address" in everything_sent(run)


@pytest.mark.behaviour("G-18")
def test_somebody_who_was_deleted_meanwhile_counts_as_protected(run: SyncRun, protected: Employee) -> None:
    add_row(run, kind=Kind.DIFFERS, state=State.REFUSED, person=protected, reason=REFUSAL)
    protected.delete()
    assert STREET not in everything_sent(run)


def test_the_vendors_reason_is_told_for_everybody_else(run: SyncRun) -> None:
    add_row(run, kind=Kind.DIFFERS, state=State.REFUSED, reason="Datum 2026-01-31 är stängt.")
    assert "Datum 2026-01-31 är stängt." in everything_sent(run)


@pytest.mark.parametrize("number", ["19900101-1234", "9001011234", "8327-9 123 456 789", "5000 0000 0000"])
def test_national_ids_and_accounts_that_a_vendor_quotes_are_hidden(run: SyncRun, number: str) -> None:
    add_row(run, kind=Kind.DIFFERS, state=State.REFUSED, reason=f"Värdet {number} är ogiltigt.")
    sent = everything_sent(run)
    assert "Värdet •••• är ogiltigt." in sent
    assert number not in sent


def test_no_value_of_anybody_stands_in_a_report(run: SyncRun) -> None:
    row = add_row(run, kind=Kind.DIFFERS, state=State.WRITTEN)
    person = Employee.objects.get(pk=row.left_id)
    SyncField.objects.create(
        row=row, field="work_email", left=person.work_email, right="old@example.se", decision="left"
    )
    sent = everything_sent(run)
    assert "To Fortnox: Work e-mail" in sent
    assert not [value for value in (person.work_email, "old@example.se", person.national_id) if value in sent]


def test_markup_in_a_name_or_a_reason_is_shown_as_text(run: SyncRun) -> None:
    add_row(run, kind=Kind.ONLY_RIGHT, state=State.REFUSED, label="<img src=x>", reason="<b>no</b>")
    html = report_html(build_report(run=count_rows(run)))
    assert "<img" not in html
    assert "&lt;b&gt;no" in html
