"""What a form in HTML posts, by the reader that every page test uses."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.pages import form_of, form_values, forms_of, press


def page(*parts: str, form: str = "<form>") -> HttpResponse:
    return HttpResponse(f'{form}{"".join(parts)}<button name="_save">Save</button></form>')


@pytest.mark.parametrize(
    ("html", "posted"),
    [
        ('<input name="a" value="Å &amp; 1">', {"a": "Å & 1"}),
        ('<input name="a">', {"a": ""}),
        ('<input type="hidden" name="a" value="7" />', {"a": "7"}),
        ('<input value="no name">', {}),
        ('<input name="a" value="1" disabled>', {}),
        ('<fieldset disabled><input name="a"></fieldset><input name="b">', {"b": ""}),
        ('<input type="checkbox" name="a"><input type="checkbox" name="b" checked>', {"b": "on"}),
        ('<input type="radio" name="a" value="1"><input type="radio" name="a" value="2" checked>', {"a": "2"}),
        ('<input name="a" value="1"><input name="a" value="2">', {"a": ["1", "2"]}),
        ('<input type="file" name="a"><input type="submit" name="b" value="c">', {}),
        ("<textarea name=a>\nOne\nTwo &lt;</textarea>", {"a": "One\nTwo <"}),
        ('<select name="a"><option value="1">x<option value="2" selected>y</select>', {"a": "2"}),
        ('<select name="a"><option disabled value="">-<option>y</select>', {"a": "y"}),
        ('<select name="a" multiple><option value="1">x</select>', {}),
        ('<template><input name="a"></template>', {}),
        # A form in a form does not exist, and its end is the outer one's.
        ('<input name="a"><form><input name="b"></form><input name="c">', {"a": "", "b": ""}),
    ],
)
def test_a_form_posts_what_a_browser_would(html: str, posted: dict[str, Any]) -> None:
    assert forms_of(HttpResponse(f"<form>{html}</form>"))[0].values() == posted


def test_what_stands_elsewhere_belongs_to_the_form_that_it_names() -> None:
    html = '<form id="one"><input name="a"></form><form><input name="b"></form>'
    html += '<input name="c" form="one"><button form="one">Save</button>'

    assert form_values(HttpResponse(html), button="Save") == {"a": "", "c": ""}


def test_the_form_is_the_one_with_the_button_and_the_values() -> None:
    html = "".join(
        f'<form><input type="hidden" name="a" value="{number}"><button>Go</button></form>' for number in "12"
    )

    assert form_of(HttpResponse(html), button="Go", holding={"a": 2}).values() == {"a": "2"}
    with pytest.raises(AssertionError, match="2 forms"):
        form_of(HttpResponse(html), button="Go")


@pytest.mark.parametrize(
    ("html", "changes", "reason"),
    [
        ("", {"a": "1"}, "no field"),
        ('<input name="a" disabled>', {"a": "1"}, "no field"),
        ('<input type="hidden" name="a" value="1">', {"a": "2"}, "offers"),
        ('<select name="a"><option value="1">x</select>', {"a": "2"}, "offers"),
        (
            '<input type="radio" name="a" value="1"><input type="radio" name="a" value="2" disabled>',
            {"a": "2"},
            "offers",
        ),
        ('<input name="a">', {"a": True}, "no box"),
        # A post without a token is refused by the site, and this form has none.
        ('<input name="a">', {"a": "1"}, "no token"),
    ],
)
def test_what_nobody_could_post_fails_the_test(html: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        press(Client(), page(html, form='<form method="post">'), "Save", changes)
