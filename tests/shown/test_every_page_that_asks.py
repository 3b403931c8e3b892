"""What is confirmed is what was shown: on every page that shows something and asks, also on those to come (G-21)."""

import pytest
from django.test import Client

from tests.core.admin.pages import text_of
from tests.pages import press
from tests.shown.scenarios import SCENARIOS, Asked
from tests.shown.templates import EXEMPT, PROVEN_ELSEWHERE, Form, posting_forms

pytestmark = pytest.mark.behaviour("G-21")
FORMS = posting_forms()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.template)
def test_every_form_that_changes_something_holds_what_it_was_made_from_or_stands_in_the_list(form: Form) -> None:
    elsewhere = form.template in PROVEN_ELSEWHERE

    assert form.holds_shown != bool(form.exempt) or elsewhere, (
        f"A form of {form.template} either includes shown.html, and has a scenario among those of tests/shown,"
        " or stands in EXEMPT of tests/shown/templates.py with the reason why its page cannot be old."
    )


def test_no_form_stands_in_the_list_that_is_gone() -> None:
    gone = [
        (template, mark)
        for template, marks in EXEMPT.items()
        for mark in marks
        if not any(form.template == template and mark in form.text for form in FORMS)
    ]

    assert gone == []


def test_every_form_that_holds_what_it_was_made_from_has_a_scenario() -> None:
    asking = {form.template for form in FORMS if form.holds_shown} - set(PROVEN_ELSEWHERE)

    assert asking == {template for template, _case in SCENARIOS}


@pytest.fixture
def asked(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    made: Asked = request.param(request, hanna, henrik)
    return made


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asked", SCENARIOS.values(), ids=map(" ".join, SCENARIOS), indirect=True)
def test_an_old_page_is_refused_with_who_changed_what_and_a_fresh_one_is_done(asked: Asked, hanna: Client) -> None:
    old = asked.open()
    asked.change()
    before = asked.state()

    refused = press(hanna, old, asked.button, asked.changes, holding=asked.holding, follow=True)

    assert asked.state() == before, "An old page did something."
    said = text_of(refused)
    assert "Henrik" in said, "It is not said who changed it."
    press(hanna, asked.open(), asked.button, asked.changes, holding=asked.holding, follow=True)
    assert asked.state() != before, "A page as it is now did nothing."
