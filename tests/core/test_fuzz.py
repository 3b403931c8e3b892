"""Ten thousand answers that no vendor should give: each ends as a named error or as a valid answer (G-31)."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations.core import connecting, errors
from integrations.core.accounts import AuthorisationFailed
from integrations.core.connecting import Started
from integrations.core.http import VendorSession
from integrations.core.models import Connection
from integrations.fortnox.client import FortnoxClient
from integrations.fortnox.client import read_error as fortnox_error
from integrations.visma_payroll.client import VismaPayrollClient
from integrations.visma_payroll.client import read_error as visma_error
from tests.core.odd_answers import TEXTS, OddAnswers, is_kept
from tests.core.wire import ADDRESS, Wire, wire
from tests.fortnox import bodies as fortnox_bodies
from tests.visma_payroll import bodies as visma_bodies

__all__ = ["wire"]

pytestmark = pytest.mark.behaviour("G-31")

ANSWERS_EACH = 4_000
EXCHANGES = 1_800
CALLBACKS = 200

PERSON = fortnox_bodies.employee_body()
META = {"@TotalResources": 1, "@TotalPages": 1, "@CurrentPage": 1}
DAY = {"id": 7, "EmployeeId": "17", "CauseCode": "SJK", "Date": "2026-11-20", "Hours": "8", "Extent": "100"}
ERROR = {"ErrorInformation": {"error": 1, "message": "Fel", "code": 2000663}}
DOCUMENT = visma_bodies.employee_body()
TOKENS = {"access_token": "new", "refresh_token": "newer", "expires_in": 3600, "scope": "salary companyinformation"}
COMPANY = {"CompanyInformation": {"CompanyName": "Exempel AB", "DatabaseNumber": 654896}}
LIST = {"MetaInformation": META, "Employees": [PERSON]}

# Each call with what the vendor would answer it.
Calls = Sequence[tuple[Callable[[Any], Any], Any]]
FORTNOX: Calls = (
    (lambda client: client.list_employees(page=1), LIST),
    (lambda client: client.read_employee("17"), {"Employee": PERSON}),
    (lambda client: client.create_employee({}), {"Employee": PERSON}),
    (lambda client: client.update_employee("17", {}), {"Employee": PERSON}),
    (
        lambda client: client.list_absences(employee_id="17", page=1),
        {"MetaInformation": META, "AbsenceTransactions": [DAY]},
    ),
    (lambda client: client.read_absence("7"), {"AbsenceTransaction": DAY}),
    (lambda client: client.create_absence({}), {"AbsenceTransaction": DAY}),
    (lambda client: client.update_absence("7", {}), ERROR),
    (lambda client: client.delete_absence("7"), None),
    (
        lambda client: client.read_schedule_time(employee_id="17", day=date(2026, 11, 20)),
        {"ScheduleTime": {"Hours": "8"}},
    ),
    (lambda client: client.company_information(), COMPANY),
)
VISMA: Calls = (
    (lambda client: client.list_employees(), {"data": [DOCUMENT], "cursor": {"nextToken": "abc"}}),
    (lambda client: client.list_employees(cursor="abc", changed_since=date(2026, 1, 1)), [DOCUMENT]),
    (lambda client: client.read_employee("17"), DOCUMENT),
    (lambda client: client.create_employee({}), {}),
    (lambda client: client.replace_employee("17", {}, etag='"7"'), {"message": "Nei"}),
    (lambda client: client.read_position("17", "18"), visma_bodies.position_body()),
    (lambda client: client.replace_position("17", "18", {}, etag='"7"'), {"title": "Nei", "status": 412}),
    (lambda client: client.read_job("employees/jobs/j-1"), {"status": "Succeeded", "artifacts": [{"id": "17"}]}),
    (lambda client: client.list_jobs(), {"data": [{"id": "j-1"}]}),
    (lambda client: client.list_tax_units(), [{"id": "1"}]),
)


def ending(call: Callable[[Any], Any], client: Any) -> str:
    """Return how a call ended; whatever is no error of ours comes through."""
    named: errors.VendorError | None = None
    found = None
    try:
        found = call(client)
    except errors.VendorError as error:
        named = error
    if named is None:
        assert is_kept(found)
        return "valid"
    assert named.message
    assert is_kept([named.message, named.code])
    return type(named).__name__


@pytest.mark.parametrize(
    ("client", "read_error", "calls", "seed"),
    [(FortnoxClient, fortnox_error, FORTNOX, 11), (VismaPayrollClient, visma_error, VISMA, 12)],
    ids=["fortnox", "visma"],
)
def test_a_client_names_whatever_it_is_answered(
    wire: Wire, client: Any, read_error: Any, calls: Calls, seed: int
) -> None:
    odd, asked = OddAnswers(seed), client(VendorSession(base_url=ADDRESS, read_error=read_error))
    ends: Counter[str] = Counter()
    for _ in range(ANSWERS_EACH):
        call, genuine = odd.pick(calls)
        wire.answers.append(odd.answer(genuine))
        ends[ending(call, asked)] += 1
    assert sum(ends.values()) == ANSWERS_EACH
    # The generator reaches all of them: it is no test of one error alone.
    assert {"valid", "TemporarilyUnavailable", "OutcomeUnknown", "Refused", "Throttled", "NotFound"} <= ends.keys()


@pytest.fixture
def draft(db: None, settings: Settings) -> Connection:
    settings.SANDBOX_URL = ADDRESS
    return Connection.objects.create(integration="fortnox", label="Fortnox", consent_at=timezone.now())


def started(*, service: bool) -> Started:
    return Started(url="", state="opaque", verifier="", service_account=service)


def queue_answers(wire: Wire, odd: OddAnswers) -> None:
    """The token, the company, a list, a service account's token: the first ones are often as they should be."""
    wire.answers.clear()
    genuine = odd.pick((0, 1, 1, 2, 2, 3))
    for number, value in enumerate((TOKENS, COMPANY, LIST, TOKENS)):
        if number < genuine:
            wire.answer(json.dumps(value).encode())
        else:
            wire.answers.append(odd.answer(value))


def test_connecting_names_whatever_it_is_answered(wire: Wire, draft: Connection) -> None:
    odd, ends = OddAnswers(13), Counter[str]()
    for number in range(EXCHANGES):
        queue_answers(wire, odd)
        said = connecting_says(draft, code=odd.pick(("the-code", *TEXTS[2:])), service=number % 3 == 0)
        kept = Connection.objects.get()
        assert (said == "") == (kept.state != Connection.State.DRAFT)
        assert "None" not in (kept.secrets.get("access_token"), kept.secrets.get("refresh_token"))
        assert is_kept(said)
        Connection.objects.update(state=Connection.State.DRAFT, account_id="", account_name="", credentials="")
        ends["failed" if said else "connected"] += 1
    assert sum(ends.values()) == EXCHANGES
    assert ends.keys() == {"failed", "connected"}


def connecting_says(connection: Connection, *, code: str, service: bool) -> str:
    """Return why it did not work; empty where it did."""
    try:
        connecting.finish_authorisation(
            connection_id=connection.pk,
            callback={"state": "opaque", "code": code},
            started=started(service=service),
            redirect_uri="https://hub.example/back",
            by=None,
        )
    except AuthorisationFailed as failed:
        return failed.message or "?"
    return ""


def test_the_way_back_of_the_sign_in_is_a_page_whatever_comes(
    wire: Wire, draft: Connection, admin_client: Client
) -> None:
    odd = OddAnswers(14)
    for _ in range(CALLBACKS):
        queue_answers(wire, odd)
        session = admin_client.session
        session["authorisations"] = {str(draft.pk): started(service=False)._asdict()}
        session.save()
        answer = admin_client.get(f"/oauth/fortnox/callback?{urlencode(parameters(odd), errors='surrogatepass')}")
        assert answer.status_code == 302
        assert [str(message) for message in get_messages(answer.wsgi_request)]
        Connection.objects.update(state=Connection.State.DRAFT, account_id="", account_name="", credentials="")


def parameters(odd: OddAnswers) -> Mapping[str, str]:
    """What a vendor may send the browser back with."""
    asked = {"state": "opaque", "code": "the-code"}
    if odd.chance(0.3):
        asked = {"state": "opaque", "error": odd.pick(TEXTS), "error_description": odd.pick(TEXTS)}
    if odd.chance(0.2):
        asked[odd.pick(list(asked))] = odd.pick(TEXTS)
    return asked
