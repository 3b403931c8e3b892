"""Every cause has a title, a reason and a next step, and the vendor's own codes have better ones (G-09)."""

import re
from typing import Final

import pytest
from django.utils import timezone

from integrations.core.explaining import Reader
from integrations.core.models import Connection, Problem
from integrations.core.registry import Explanation
from integrations.fortnox.explanations import EXPLANATIONS

UNFILLED: Final = re.compile(r"%[(sd]")
CAUSES = (
    *("gone", "exists", "given_up", "cannot_create", "field:phone", "something_new"),
    *("Refused:400", "Refused:1:phone", "NotFound:404", "LicenceMissing:1", "RightMissing:2", "OutcomeUnknown:0"),
    *("TemporarilyUnavailable:503", "Throttled:429"),
    *(f"Refused:{code}" for code in EXPLANATIONS),
)


def explained(cause: str, *, integration: str = "fortnox", resource: str = "employees") -> Explanation:
    now = timezone.now()
    connection = Connection(pk=1, integration=integration, label="Demo", settings={})
    return Reader().explain(
        Problem(connection=connection, resource=resource, cause=cause, message="Nej.", first_at=now, last_at=now)
    )


@pytest.mark.behaviour("G-09")
@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_explained(cause: str) -> None:
    found = explained(cause)

    assert all(found[:3])
    assert not UNFILLED.search("".join(found[:3]))
    assert "Fortnox" in "".join(found) or cause in ("given_up", "Refused:overlap")


@pytest.mark.parametrize(
    ("cause", "title"),
    [
        ("Refused:2000106:phone", "Work phone is not written as Fortnox wants it"),
        ("Refused:2000106", "A value is not written as Fortnox wants it"),
        ("Refused:2000359:address", "Address holds characters that Fortnox does not take"),
        ("Refused:77:address", "Address: refused by Fortnox"),
        ("Refused:77", "Refused by Fortnox"),
        ("Refused:77:a_field_of_old", "a field of old: refused by Fortnox"),
        ("field:bank_account", "Bank account cannot be sent"),
        ("gone", "Gone from Fortnox"),
        ("NotFound:404", "Gone from Fortnox"),
        ("LicenceMissing:2001101", "A Fortnox licence is missing"),
    ],
)
def test_the_title_names_the_field_that_is_to_blame(cause: str, title: str) -> None:
    assert explained(cause).title == title


def test_an_integration_that_is_gone_is_explained_in_general_words() -> None:
    found = explained("Refused:2000106:phone", integration="abandoned")

    assert found.title == "phone: refused by abandoned"


def test_an_unknown_resource_is_explained_too() -> None:
    assert explained("field:phone", resource="absences").title == "phone cannot be sent"
