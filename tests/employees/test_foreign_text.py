"""What another system said is masked wherever nobody thought of it, however a number is written (G-32)."""

import json
import pickle
from copy import deepcopy
from typing import Any

import pytest
from django.template import Context, Template

from employees.foreign_text import ForeignText, joined, quoting
from employees.masking import hide, mask_bank_account, mask_iban, mask_national_id

pytestmark = pytest.mark.behaviour("G-32")
NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


class Reader:
    def __init__(self, *rights: str) -> None:
        self.rights = rights

    def has_perm(self, right: str) -> bool:
        return right in self.rights


SEES, SEES_NOT = Reader("employees.view_sensitive"), Reader()
NUMBERS = [
    # Sweden: both lengths, over a hundred, a coordination number, a number for people without one.
    *("19850709-9805", "850709-9805", "8507099805", "850709+9805", "850769-9802", "850709-T805", "1985-07-09-9805"),
    *("1985-07-09 9805", f"850709{NBSP}9805", "850709&nbsp;9805", r"850709\u00a09805", "850709%209805", "850709\n9805"),
    # Norway, Denmark, Finland with every kind of sign, the Netherlands, Iceland.
    *("01015590978", "010155 90978", "01.01.55.90978", "010155/90978", "010155_90978", "0 1 0 1 5 5 9 0 9 7 8"),
    *("120385-1234", "120385 1234", "12.03.85–1234", "131052-308T", "131052A308T", "131052+308T", "131052 - 308 T"),
    *("13.10.52-308T", "131052x308t", "111222333", "1112.22.333", "111 222 333", "120385-1239", f"120385{NARROW}1239"),
    # Accounts and IBANs, also with letters within.
    *("8601.11.17947", "86011117947", "8327-9 123 456 789", "5140-3215642", "3215642", "0440-0116243"),
    *("NO93 8601 1117 947", "NO9386011117947", f"SE45{NBSP}5000 0000 0583 9825 7466", "NL91 ABNA 0417 1643 00"),
    *(
        "GB29NWBK60161331926819",
        "MT84MALT011000012345MTLCAST001S",
        "FI21-1234-5600-0007-85",
        "IS140159260076545510730339",
    ),
    # Digits of another alphabet.
    "٨٥٠٧٠٩٩٨٠٥",
]
TOKENS = [
    *("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmVk", "Bearer abc.def-9", "Basic dXNlcjpwYXNz", "access_token=abcdef"),
    *('"client_secret": "hush-hush"', "f3a9c0d1e2b34455aa667788ccddeeff", "password: 12ab"),
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_masked_however_it_is_written(number: str) -> None:
    said = ForeignText(f"Värdet {number} är ogiltigt.")

    assert said.for_mail() == "Värdet •••• är ogiltigt."
    assert said.for_reader(SEES_NOT) == said.for_mail()
    assert number in said.for_reader(SEES)


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_shown_to_nobody(token: str) -> None:
    secret = token.rpartition(" ")[2].rpartition("=")[2].strip('"')

    assert secret not in ForeignText(f"Refused {token}, sorry.").for_reader(SEES)
    assert secret not in ForeignText(f"Refused {token}, sorry.").for_mail()


@pytest.mark.parametrize(
    "text",
    [
        *("Perioden 2026-01-01 – 2026-01-31 är stängd.", "Stängd 2026-01-31 (kod 106).", "Rad 5: 12 av 40"),
        *("2026-03-02T08:30 är låst", "HTTP 404", "https://api.fortnox.se/3/employees/1234"),
    ],
)
def test_days_counts_and_codes_stay_readable(text: str) -> None:
    assert ForeignText(text).for_mail() == text


def test_an_iban_is_no_token_for_whoever_may_see_it() -> None:
    assert ForeignText("SE4550000000058398257466").for_reader(SEES) == "SE4550000000058398257466"


@pytest.mark.parametrize(
    "said",
    [
        *("850709 och 9805", "född 19850709, kontrollnummer 9805", "8 5 0 7 0 9 / 9-8-0-5", "9805"),
        *("konto 32156", "3-2-1-5-6", "clearing 5140", "sista fyra: 2156"),
    ],
)
def test_a_persons_own_values_are_masked_also_in_pieces(said: str) -> None:
    masked = ForeignText(said).about(["198507099805", "5140", "32156"]).for_reader(SEES_NOT)

    assert not [piece for piece in ("9805", "5140", "2156", "3-2-1") if piece in masked]
    assert ForeignText(said).about(["198507099805"]).for_reader(SEES) == said


SECRET = "850709-9805"
PAGE = Template("{{ said }}{{ said|upper }}{{ said|safe }}{{ said|linebreaks }}")
LEAKS: list[Any] = [
    *(str, repr, "{}".format, lambda said: f"{said}", lambda said: f"{said!s:>60}", lambda said: "%s" % said),  # noqa: UP031 -- one of the ways
    *(lambda said: "x" + said, lambda said: said + "x", lambda said: said[:], lambda said: " ".join([said, "x"])),
    *(json.dumps, lambda said: said.encode().decode(), lambda said: said.upper(), lambda said: "".join(list(said))),
    *(lambda said: said.replace("V", "W"), lambda said: said.partition("är")[0], lambda said: str([said])),
    lambda said: Template("{{ said }}{{ said|upper }}{{ said|safe }}{{ said|linebreaks }}").render(
        Context({"said": said})
    ),
    lambda said: str(pickle.loads(pickle.dumps(said))),  # noqa: S301 -- our own
    lambda said: str(deepcopy(said)),
]


@pytest.mark.parametrize("leak", LEAKS)
def test_nothing_made_of_it_shows_more(leak: Any) -> None:
    assert "9805" not in leak(ForeignText(f"Värdet {SECRET} är ogiltigt."))


def test_what_was_said_is_kept_compared_and_quoted() -> None:
    said = ForeignText(f"Värdet {SECRET}")

    assert said == f"Värdet {SECRET}"
    assert said != ForeignText("Värdet 850709-9806")
    assert hash(said) == hash(f"Värdet {SECRET}")
    assert quoting("Because: %(said)s", said=said).for_reader(SEES) == f"Because: Värdet {SECRET}"
    assert joined(["a", "", said]).for_reader(SEES) == f"a Värdet {SECRET}"
    assert joined(["a", said]).for_mail() == "a Värdet ••••"
    assert said.cut(10).verbatim == "Värdet 850"


def test_a_masked_value_cannot_be_worked_back() -> None:
    """Beside it stand a birth date, a clearing number and a BIC; a check digit leaves a tenth of what is not shown."""
    assert {mask_national_id(each) for each in ("198507099805", "8507099805", "131052-308T")} == {"••••"}
    assert mask_bank_account("3215642") == "••••"
    assert mask_iban("SE4550000000051403215642")[-2:] == "42"
    assert len(mask_iban("NO9386011117947")) == len(mask_bank_account("86011117947")) == 6
    # Two masked forms of one account show no more together than one.
    assert mask_iban("NO9386011117947") == mask_bank_account("86011117947")
    assert mask_national_id("") == mask_iban("") == ""


def test_hostile_lengths_end() -> None:
    for text in ("1 " * 20_000, "a1" * 20_000, "9" * 50_000, ("1" + " " * 9) * 5_000, "NO93" + "A " * 20_000):
        assert "9" * 12 not in hide(text)
