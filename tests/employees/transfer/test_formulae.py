import pytest
from hypothesis import given
from hypothesis import strategies as st

from employees.transfer.formulae import escape, unescape

RISKY = "=+-@\t\r\n"


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\nab1 ")))
def test_an_escape_is_undone_exactly(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text())
def test_no_escaped_text_begins_like_a_formula(text: str) -> None:
    assert escape(text)[:1] not in set(RISKY)


@pytest.mark.parametrize("sign", list(RISKY))
def test_every_sign_that_begins_a_formula_is_escaped(sign: str) -> None:
    assert escape(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("name", ["'t Hooft", "Anna", ""])
def test_other_texts_stay_as_they_are(name: str) -> None:
    assert (escape(name), unescape(name)) == (name, name)
