"""Whatever is refused has a title, a reason and a next step of its own (G-09)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from integrations.core.errors import Forbidden, VendorError
from integrations.core.explaining import Reader
from integrations.core.http import Answer
from integrations.core.models import Connection, Problem
from integrations.core.problems import cause_of
from integrations.core.registry import Explanation
from integrations.visma_payroll.client import read_error
from integrations.visma_payroll.explanations import EXPLANATIONS
from integrations.visma_payroll.mappers import edited_employee, edited_position
from tests.visma_payroll.bodies import TODAY, position_body

ENDED = position_body(activeStart="2020-01-01", activeEnd="2020-12-31")
UNREADABLE = {"personNames": [{"firstName": "Kari", "lastName": "Lie", "activeStart": "31.12.2020"}]}


def explained(cause: str) -> Explanation:
    now = timezone.now()
    connection = Connection(pk=1, integration="visma_payroll", label="Demo", settings={})
    return Reader().explain(
        Problem(connection=connection, resource="employees", cause=cause, message="Nei.", first_at=now, last_at=now)
    )


@pytest.mark.behaviour("G-09")
@pytest.mark.parametrize("code", EXPLANATIONS)
def test_every_code_is_explained(code: str) -> None:
    found = explained(f"Refused:{code}")
    assert all(found[:3])
    assert "%" not in "".join(found)
    assert found.title != explained("Refused:400").title


def refused_by(verb: Callable[[], Any]) -> VendorError:
    with pytest.raises(VendorError) as caught:
        verb()
    return caught.value


@pytest.mark.parametrize(
    ("verb", "title"),
    [
        pytest.param(
            lambda: edited_position(ENDED, {"first_workday": date(2024, 1, 1)}), "a position is missing", id="rehire"
        ),
        pytest.param(
            lambda: edited_position(ENDED, {"last_workday": date(2019, 1, 1)}), "before the first", id="ends before"
        ),
        pytest.param(lambda: edited_position(ENDED, {"first_workday": None}), "first workday is empty", id="no start"),
        pytest.param(
            lambda: edited_employee(UNREADABLE, {"given_name": "Kari Anne"}, today=TODAY),
            "A date in Visma.net Payroll cannot be read",
            id="unreadable",
        ),
    ],
)
def test_what_is_refused_before_it_is_sent_says_what_to_do(verb: Callable[[], Any], title: str) -> None:
    error = refused_by(verb)
    assert title in explained(cause_of(error)).title
    # Where one field alone was sent, too.
    assert title in explained(cause_of(error, fields=["first_workday"])).title


def test_a_right_that_visma_does_not_give_any_more_leads_to_the_app_store() -> None:
    error = read_error(Answer(status=403, body=None, headers={}))
    assert isinstance(error, Forbidden)
    assert "Visma App Store" in explained(cause_of(error)).next_step
    assert "Everybody else's changes go on" in explained(cause_of(error)).why
    assert "All changes wait" in explained("RightMissing:403").why


def test_other_refusals_are_explained_by_their_kind() -> None:
    assert explained("Refused:400:address").title == "Address: refused by Visma.net Payroll"
