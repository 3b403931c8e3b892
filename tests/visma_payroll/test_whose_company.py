"""Whose company was pasted: what is found is shown and asked about, and only Visma's own words name it (VP-16)."""

import importlib
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from integrations.core import account_looks, connecting
from integrations.core.endpoints import Account
from integrations.core.models import Connection, Lease, Notification
from integrations.visma_payroll.connector import VismaPayrollConnector
from tests.factories import CompanyFactory
from tests.pages import form_values, press
from tests.sandbox.visma_caller import FIRST_TENANT, SECOND_TENANT
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VismaSides
from tests.visma_payroll.test_connecting import VENDOR, YES, draft, hanna, page, paste, said, state

__all__ = ["draft", "hanna"]
State = Connection.State
NAMES = ("Nora Hansen", "Ola Berg")


@pytest.fixture
def there(draft: Connection, sandbox: SandboxClient) -> VismaSides:
    """Two people at Visma."""
    assert draft.company is not None
    sides = VismaSides(draft.company, sandbox, draft)
    for number, name in enumerate(NAMES, start=1):
        given, family = name.split()
        sides.vendor(number, personNames=[{"firstName": given, "lastName": family}])
    return sides


def shown_facts(answer: Any) -> str:
    assert "Is this the company?" in answer.text
    return str(answer.text)


def nothing_is_kept(connection: Connection) -> bool:
    connection.refresh_from_db()
    kept = (connection.state, connection.credentials, connection.account_id, connection.account_name, connection.error)
    leases = Lease.objects.filter(name__endswith=f":{connection.pk}")
    return kept == (State.DRAFT, "", "", "", "") and not leases.exists()


@pytest.mark.behaviour("VP-16")
def test_what_is_found_is_shown_before_anything_is_connected(
    hanna: Client, draft: Connection, there: VismaSides
) -> None:
    answer = paste(hanna, draft, FIRST_TENANT)

    facts = shown_facts(answer)
    assert "Tenant ID" in facts
    assert FIRST_TENANT in facts
    assert ">2<" in "".join(facts.split())
    assert "Nora Hansen, Ola Berg" in facts
    assert "Is it Fjordheim Handel AS?" in facts
    assert nothing_is_kept(draft)

    answer = press(hanna, answer, YES, follow=True)
    assert f"Connected to Tenant ID {FIRST_TENANT}." in answer.text
    assert state(draft) == State.AUTHORISED
    assert (draft.account_id, draft.account_name) == (FIRST_TENANT, "")


@pytest.mark.behaviour("VP-16")
def test_declining_goes_back_without_a_trace(hanna: Client, draft: Connection, there: VismaSides) -> None:
    answer = paste(hanna, draft, FIRST_TENANT)
    assert page(draft) in answer.text
    assert "No, go back" in answer.text

    form = hanna.get(page(draft))

    assert form_values(form, button="Connect").get("tenant") in ("", None, [""])
    assert nothing_is_kept(draft)
    # Another one is pasted instead.
    answer = press(hanna, paste(hanna, draft, SECOND_TENANT), YES, follow=True)
    assert f"Connected to Tenant ID {SECOND_TENANT}." in answer.text


def _somebody_is_hired(there: VismaSides, _draft: Connection) -> None:
    there.vendor(3)


def _another_company_of_the_hub(_there: VismaSides, draft: Connection) -> None:
    Connection.objects.filter(pk=draft.pk).update(company=CompanyFactory.create(name="Another AS"))


def _somebody_connects_it_first(_there: VismaSides, draft: Connection) -> None:
    connecting.authorise_by_form(connection_id=draft.pk, tenant=FIRST_TENANT, by=None)


@pytest.mark.behaviour("VP-16", "G-21")
@pytest.mark.parametrize("meanwhile", [_somebody_is_hired, _another_company_of_the_hub, _somebody_connects_it_first])
def test_a_stale_yes_is_refused_and_asked_again(
    hanna: Client, draft: Connection, there: VismaSides, meanwhile: Callable[[VismaSides, Connection], None]
) -> None:
    stale = paste(hanna, draft, FIRST_TENANT)
    meanwhile(there, draft)
    before = state(draft), draft.credentials

    answer = press(hanna, stale, YES, follow=True)

    assert "Something else is found by now than was shown" in answer.text
    assert (state(draft), draft.credentials) == before
    press(hanna, answer, YES, follow=True)
    assert state(draft) == State.AUTHORISED


@pytest.mark.behaviour("VP-16")
def test_a_yes_to_one_company_connects_no_other(hanna: Client, draft: Connection, there: VismaSides) -> None:
    answer = paste(hanna, draft, FIRST_TENANT)

    values = {**form_values(answer, button=YES), "tenant": SECOND_TENANT}
    answer = hanna.post(page(draft), values, follow=True)

    assert SECOND_TENANT in shown_facts(answer)
    assert nothing_is_kept(draft)


@pytest.mark.behaviour("VP-16")
def test_a_company_without_people_says_so(hanna: Client, draft: Connection) -> None:
    answer = paste(hanna, draft, SECOND_TENANT)
    assert "Nobody is there. If the company pays people with Visma.net Payroll, this is another one." in answer.text
    press(hanna, answer, YES, follow=True)
    assert state(draft) == State.AUTHORISED


@pytest.mark.behaviour("VP-16")
def test_of_a_large_company_it_is_said_that_there_are_more(
    hanna: Client, draft: Connection, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_looks, "MOST_PAGES", 1)
    sandbox.seed(people=60, vendor=VENDOR)
    assert "50 or more" in " ".join(paste(hanna, draft, FIRST_TENANT).text.split())

    monkeypatch.setattr(account_looks, "MOST_PAGES", 10)
    people = len(sandbox.state(VENDOR, "employees", tenant=FIRST_TENANT))
    assert people > 50
    assert f">{people}<" in "".join(paste(hanna, draft, FIRST_TENANT).text.split())


@pytest.mark.behaviour("VP-16")
def test_connecting_again_asks_as_well_and_refuses_another_company(
    hanna: Client, draft: Connection, there: VismaSides
) -> None:
    press(hanna, paste(hanna, draft, FIRST_TENANT), YES, follow=True)
    connecting.disconnect(connection_id=draft.pk, by=None)

    assert f"belongs to “Tenant ID {FIRST_TENANT}”: connect the same company again" in hanna.get(page(draft)).text
    refused = paste(hanna, draft, SECOND_TENANT)
    assert f"This connection belongs to “Tenant ID {FIRST_TENANT}”, but “Tenant ID {SECOND_TENANT}”" in said(refused)
    assert state(draft) == State.DISCONNECTED

    again = paste(hanna, draft, FIRST_TENANT)
    assert "Nora Hansen, Ola Berg" in shown_facts(again)
    assert state(draft) == State.DISCONNECTED
    press(hanna, again, YES, follow=True)
    assert state(draft) == State.AUTHORISED


@pytest.mark.behaviour("VP-16")
def test_no_page_calls_the_vendors_company_by_our_name(hanna: Client, draft: Connection, there: VismaSides) -> None:
    press(hanna, paste(hanna, draft, FIRST_TENANT), YES, follow=True)

    facts = " ".join(hanna.get(page(draft, "connection")).text.split())
    assert f"Company at Visma.net Payroll </dt> <dd> Tenant ID {FIRST_TENANT} </dd>" in facts
    start = " ".join(hanna.get(reverse("admin:index")).text.split())
    assert f"Visma.net Payroll: Tenant ID {FIRST_TENANT}" in start
    overview = hanna.get(reverse("admin:visma_payroll_vismapayrollconnection_changelist")).text
    assert f"Visma.net Payroll: Tenant ID {FIRST_TENANT}" in overview


@pytest.mark.behaviour("VP-16")
def test_the_command_asks_whether_this_is_the_company(
    draft: Connection, there: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ["connect", VENDOR, "--company", "Fjordheim Handel AS", "--tenant", FIRST_TENANT]
    out = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO("no\n"))
    with pytest.raises(CommandError, match="Nothing was connected"):
        call_command(*plain, stdout=out)
    assert f"Found: Tenant ID {FIRST_TENANT}, 2 people: Nora Hansen, Ola Berg." in out.getvalue()
    assert state(draft) == State.DRAFT

    monkeypatch.setattr("sys.stdin", StringIO("yes\n"))
    call_command(*plain, stdout=out)
    assert state(draft) == State.AUTHORISED


@pytest.mark.behaviour("VP-16")
def test_an_answer_of_another_tenant_connects_nothing(
    hanna: Client, draft: Connection, there: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            VismaPayrollConnector, "check_account", lambda *_self, **_named: Account(id=SECOND_TENANT, name="")
        )
        answer = paste(hanna, draft, FIRST_TENANT)
    assert "answered for another company" in said(answer)
    assert nothing_is_kept(draft)

    press(hanna, paste(hanna, draft, FIRST_TENANT), YES, follow=True)
    assert state(draft) == State.AUTHORISED


@pytest.mark.behaviour("VP-16")
def test_a_connection_from_before_forgets_the_name_that_was_ours(draft: Connection) -> None:
    Connection.objects.update(account_id=FIRST_TENANT, account_name="Fjordheim Handel AS")
    other = Connection.objects.create(integration="fortnox", label="Fortnox", account_id="1", account_name="Nordhamn")

    importlib.import_module("integrations.visma_payroll.migrations.0002_no_name_of_ours").forget(apps, None)

    draft.refresh_from_db()
    other.refresh_from_db()
    assert draft.account_shown == f"Tenant ID {FIRST_TENANT}"
    assert other.account_shown == "Nordhamn (1)"
    assert not Notification.objects.exists()


def test_the_page_that_asks_holds_what_it_was_made_from(hanna: Client, draft: Connection) -> None:
    assert form_values(paste(hanna, draft, FIRST_TENANT), button=YES)["made_from"]


@pytest.mark.behaviour("VP-16")
def test_a_name_of_thousands_of_letters_is_cut(hanna: Client, draft: Connection, there: VismaSides) -> None:
    there.vendor(9, personNames=[{"firstName": "A" * 5_000, "lastName": "B"}])

    facts = shown_facts(paste(hanna, draft, FIRST_TENANT))

    assert "A" * 60 in facts
    assert "A" * 80 not in facts
