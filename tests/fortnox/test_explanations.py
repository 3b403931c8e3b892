"""Fortnox's published error codes, in words for an HR admin (G-09)."""

import pytest

from integrations.fortnox.client import CODES
from integrations.fortnox.connector import FortnoxConnector
from integrations.fortnox.explanations import EXPLANATIONS, explain

# Published at https://www.fortnox.se/developer/guides-and-good-to-know/errors, but for the last two: seen by clients.
PUBLISHED = (
    *("1000003", "1000030", "1000031", "2000106", "2000108", "2000134", "2000310", "2000311", "2000359", "2000588"),
    *("2000663", "2000729", "2001101", "2001103", "2001392", "2001399", "2002115"),
    *("2000699", "2003275"),
)


@pytest.mark.behaviour("G-09")
@pytest.mark.parametrize("code", PUBLISHED)
def test_every_published_code_is_explained(code: str) -> None:
    explanation = explain(code)
    assert explanation is not None
    assert all((explanation.title, explanation.why, explanation.next_step))


def test_every_code_that_is_sorted_is_explained() -> None:
    assert set(CODES) <= set(EXPLANATIONS)


def test_a_code_that_nobody_has_published_is_left_to_its_message() -> None:
    assert explain("2009999") is None
    assert explain("") is None


@pytest.mark.behaviour("G-09")
def test_a_missing_default_agreement_leads_to_the_settings() -> None:
    connector = FortnoxConnector(options={})
    said = connector.explain("2000699", "Värdet kan inte vara null. (ftgavtalid)")
    usual = connector.explain("2000699", "Värdet kan inte vara null. (email)")
    assert said is not None
    assert usual is not None
    assert "personnel type in the connection's settings" in said.next_step
    assert said.title != usual.title
