"""Who may review: HR admins; nobody changes anything by looking (G-01, G-04)."""

import pytest
from django.test import Client

from integrations.core.models import Connection, SyncField, SyncRow, SyncRun
from tests.core.review.conftest import SignIn
from tests.core.review.filling import Reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]
Kind = SyncRow.Kind


def pages(reviewed: Reviewed) -> list[str]:
    single = reviewed.row(Kind.ONLY_LEFT, "Eva Ek", left=reviewed.employee("Eva Ek"))
    reviewed.row(Kind.ONLY_RIGHT, "Bo Berg", right_id="12")
    reviewed.row(Kind.AMBIGUOUS, "Li Lund", right_id="13", reason="Matches several people: Eva Ek.")
    reviewed.conflict("Per Palm", "7")
    return [
        *(reviewed.address(page) for page in ("conflicts", "unclear", "missing", "confirm")),
        *(reviewed.address(page, single.pk) for page in ("match", "creation")),
    ]


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize(("name", "status"), [("hanna", 200), ("petra", 403), ("stina", 403)])
def test_only_whoever_runs_synchronisations_may_review(
    sign_in: SignIn, reviewed: Reviewed, name: str, status: int
) -> None:
    client = sign_in(name)

    assert {client.get(address).status_code for address in pages(reviewed)} == {status}


def test_whoever_may_not_look_may_not_decide(sign_in: SignIn, reviewed: Reviewed) -> None:
    client = sign_in("petra")

    assert {client.post(address, {"many": "left"}).status_code for address in pages(reviewed)} == {403}
    assert set(SyncField.objects.values_list("decision", flat=True)) == {"open"}


def test_another_integration_s_connection_is_not_found(hanna: Client, reviewed: Reviewed) -> None:
    addresses = pages(reviewed)
    Connection.objects.update(integration="another")

    assert {hanna.get(address).status_code for address in addresses} == {404}


def test_another_connection_s_run_is_not_found(hanna: Client, reviewed: Reviewed) -> None:
    addresses = pages(reviewed)
    other = Connection.objects.create(integration="fortnox", label="Other", account_id="1", state="active")
    SyncRun.objects.update(connection=other)

    assert {hanna.get(address).status_code for address in addresses} == {404}


@pytest.mark.behaviour("G-04")
def test_looking_changes_nothing(hanna: Client, reviewed: Reviewed) -> None:
    addresses = pages(reviewed)
    before = (list(SyncRow.objects.values()), list(SyncField.objects.values()), list(SyncRun.objects.values()))

    for address in addresses:
        assert hanna.get(address, {"many": "left", "answer": "leave"}).status_code == 200

    assert before == (list(SyncRow.objects.values()), list(SyncField.objects.values()), list(SyncRun.objects.values()))


def test_a_run_that_is_over_says_so(hanna: Client, reviewed: Reviewed) -> None:
    addresses = pages(reviewed)
    SyncRun.objects.update(state=SyncRun.State.DONE)

    for address in addresses:
        assert "does not wait for decisions any more: Done" in hanna.get(address).content.decode()
