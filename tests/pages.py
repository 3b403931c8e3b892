"""Reads a page as a browser does: the forms in its HTML, what each would post, and the pressing of its buttons.

A test posts what the rendered page holds, never what a form object in the context holds: a field that the page
lost is lost for the test as well. What no page could post (a hostile request) is posted by hand.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urljoin

from django.core.files.base import File
from django.test import Client

from tests.page_forms import FormReader, PageForm, Values

CSRF: Final = "csrfmiddlewaretoken"


def forms_of(page: Any) -> list[PageForm]:
    """Return the forms of a response, as they stand in its HTML."""
    reader = FormReader()
    reader.feed(page.content.decode())
    reader.close()
    return reader.forms


def form_of(page: Any, *, button: str = "", holding: Mapping[str, Any] | None = None) -> PageForm:
    """Return the one form with that button and with those values in it; without either, the one that has *Save*.

    Raises ``AssertionError`` when there is none, or are several.
    """
    button = button or ("" if holding else "_save")
    forms = [
        form
        for form in forms_of(page)
        if (not button or form.button(button))
        and all(form.holds(name, value) for name, value in (holding or {}).items())
    ]
    assert len(forms) == 1, f"{len(forms)} forms of the page fit; its buttons: {buttons_of(page)}"
    return forms[0]


def buttons_of(page: Any) -> list[str]:
    return [button.label for form in forms_of(page) for button in form.buttons]


def form_values(page: Any, *, button: str = "", holding: Mapping[str, Any] | None = None) -> Values:
    """Return what the form would post as it stands, without its button."""
    return form_of(page, button=button, holding=holding).values()


def press(
    client: Client,
    page: Any,
    button: str = "",
    changes: Mapping[str, Any] | None = None,
    *,
    holding: Mapping[str, Any] | None = None,
    added: Mapping[str, Any] | None = None,
    follow: bool = False,
) -> Any:
    """Send the form as it stands with ``changes``, by its button, to where it goes.

    In ``changes``, ``None`` takes a value away, and ``True`` and ``False`` set and take the tick of a box; ``added`` is
    what the page's script puts to it.

    Raises ``AssertionError`` for changes that nobody could make on the page.
    """
    form = form_of(page, button=button, holding=holding)
    entered = {name: form.tick(name, value) for name, value in (changes or {}).items()}
    form.check({name: value for name, value in entered.items() if value is not None})
    pressed = form.button(button or "_save")
    filled = {**form.values(), **entered, **(added or {})}
    posted = {name: value for name, value in filled.items() if value is not None}
    if pressed is not None and pressed.name:
        posted[pressed.name] = pressed.attributes.get("value", "")
    by_post = form.attributes.get("method", "get").lower() == "post"
    assert CSRF in posted or not by_post, "The form has no token, so the site refuses it."
    if any(isinstance(each, File) for each in posted.values()):
        assert form.attributes.get("enctype") == "multipart/form-data", "The form sends a file's name only."
    address = (pressed and pressed.attributes.get("formaction")) or form.attributes.get("action", "")
    address = urljoin(_address_of(page), address)
    return (client.post if by_post else client.get)(address, posted, follow=follow)


def _address_of(page: Any) -> str:
    query = page.request.get("QUERY_STRING", "")
    return f"{page.request['PATH_INFO']}?{query}" if query else str(page.request["PATH_INFO"])
