import io
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from employees.models import Company
from integrations.core.models import Connection
from tests.core.approving import address_after
from tests.sandbox_client import SandboxClient


class Operator(io.TextIOBase):
    """Opens the printed address, approves, and types in where the browser ended."""

    def __init__(self, *, printed: io.StringIO, decision: str = "approve") -> None:
        self._printed = printed
        self._decision = decision

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # text, not bytes
        address = re.findall(r"http\S+/auth\?\S+", self._printed.getvalue())[-1]
        return f"{address_after(address, decision=self._decision)}\n"


@pytest.fixture
def company(db: None) -> Company:
    User.objects.create_superuser("ada", email="ada@example.se")
    return Company.objects.create(name="Nordhamn", country="SE")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, decision: str = "approve") -> str:
    printed = io.StringIO()
    monkeypatch.setattr("sys.stdin", Operator(printed=printed, decision=decision))
    call_command("connect", "fortnox", *arguments, stdout=printed)
    return printed.getvalue()


def test_an_operator_connects_a_company(
    company: Company, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run(monkeypatch, "--company", "Nordhamn", "--accept-terms")
    assert "Connected to Nordhamn Handel AB" in printed
    connection = Connection.objects.get()
    assert (connection.state, connection.company, connection.recipients) == ("authorised", company, ["ada@example.se"])
    assert connection.consent_by is not None
    assert "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Foauth%2Ffortnox%2Fcallback" in printed


def test_a_service_account_is_connected_by_the_companys_id(
    company: Company, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, "--company", str(company.pk), "--accept-terms", "--service-account")
    assert Connection.objects.get().secrets["mode"] == "service"


def test_connecting_again_uses_the_same_connection(
    company: Company, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, "--company", "Nordhamn", "--accept-terms")
    run(monkeypatch, "--company", "Nordhamn")
    assert Connection.objects.count() == 1


def test_a_refusal_is_told_and_can_be_tried_again(
    company: Company, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="refused at Fortnox"):
        run(monkeypatch, "--company", "Nordhamn", "--accept-terms", decision="refuse")
    assert "Connected" in run(monkeypatch, "--company", "Nordhamn")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--company", "Nordhamn"), "--accept-terms"),
        (("--company", "Sydhamn", "--accept-terms"), "There is no company Sydhamn; there are: Nordhamn"),
        (("--company", "Nordhamn", "--user", "eve", "--accept-terms"), "There is no user eve"),
    ],
)
def test_what_is_missing_is_said(
    company: Company,
    sandbox: SandboxClient,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    with pytest.raises(CommandError, match=message):
        run(monkeypatch, *arguments)
