"""Somebody with two vendors sees on Confirm what goes on to the other one, and afterwards where it stands (G-36)."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Page
from pytest_django import Settings

from integrations.core.addresses import run_url
from integrations.core.models import Connection, MassChange
from integrations.core.report import send_due
from tests.core.admin.filling import service_runs
from tests.e2e.signing_in import SIZES, is_too_wide, make_admin, serious_findings, sign_in
from tests.integrations.two_vendors import Two, moved_at_visma, two_vendors
from tests.sandbox_client import SandboxClient

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-36")]
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def two(transactional_db: None, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Two:
    service_runs()
    return two_vendors(sandbox, monkeypatch=monkeypatch, settings=settings)


def look(page: Page, name: str, *, within: str = "#content") -> None:
    for size in SIZES:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        assert serious_findings(page, within=within) == [], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size}.png", full_page=True)
        assert not is_too_wide(page), (name, size)
    page.set_viewport_size({"width": SIZES["desk"][0], "height": SIZES["desk"][1]})


def test_two_vendors_of_one_company(two: Two, site: str, page: Page, mailoutbox: list[EmailMultiAlternatives]) -> None:
    fortnox, visma = two
    run = moved_at_visma(two)
    Connection.objects.filter(pk=fortnox.connection.pk).update(push_limit=1)
    make_admin("lena")
    sign_in(page, site=site, username="lena")

    page.goto(site + run_url(run.connection, run.pk, "confirm"))
    elsewhere = page.locator("section[aria-labelledby=elsewhere]")
    assert "3 people change towards Fortnox." in elsewhere.inner_text()
    assert "which was left there until now and is written over: Given 1 Family 1 (1): Address" in elsewhere.inner_text()
    look(page, "confirm-elsewhere")
    page.click("text=Synchronise users")
    page.wait_for_selector("text=The synchronisation has begun")

    run.refresh_from_db()
    visma.finish(run)
    fortnox.push()
    assert fortnox.writes() == []
    page.goto(site + run_url(run.connection, run.pk))
    look(page, "run-elsewhere")
    page.click("text=Release it, or leave it unsent")
    page.wait_for_selector("text=Synchronisation of Visma")
    assert page.url.endswith(f"/{MassChange.objects.get().pk}/")

    send_due()
    report = next(mail for mail in mailoutbox if "updated" in mail.subject)
    html: Any = report.alternatives[0]
    page.set_content(str(html.content))
    assert "Waits until somebody releases it: 9 fields of 3 people." in page.inner_text("body")
    look(page, "mail-elsewhere", within="body")
