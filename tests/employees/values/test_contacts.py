"""K02, K15, K16: phones and e-mail addresses."""

import pytest
from django.core.exceptions import ValidationError
from email_validator import EmailNotValidError, validate_email

from employees.values.contacts import clean_email, clean_phone, email_key, read_phone


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("070-174 Lars", "SE"),
        ("08-1234 Anna", "SE"),
        ("08-123 mobil", "SE"),
        ("22 86 Kari", "NO"),
        ("1-800-FLOWERS", "US"),
        ("070-CALL-ANNA", "SE"),
        ("Anna", "SE"),
        ("070 Lars 1740605", "SE"),
        ("070-1740605 eller 08-123 456 78", "SE"),
        ("070-1740605 / 08-123 456 78", "SE"),
    ],
)
def test_a_word_is_never_dialled(text: str, country: str) -> None:
    with pytest.raises(ValidationError):
        clean_phone(text, country)


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    ("text", "country", "number", "left_out"),
    [
        ("08-123 456 78 vx", "SE", "+46812345678", "vx"),
        ("Växel 08-123 456 78", "SE", "+46812345678", "Växel"),
        ("92 86 44 00 m", "NO", "+4792864400", "m"),
        ("Tel: 070-174 06 05", "SE", "+46701740605", "Tel:"),
        ("070-174 06 05 (Lars)", "SE", "+46701740605", "Lars"),
        ("070-174 06 05", "SE", "+46701740605", ""),
        ("📞 070-174 06 05", "SE", "+46701740605", "📞"),
        ("☎️ 070-174 06 05 (Lars)", "SE", "+46701740605", "☎️ Lars"),
        ("070-174 06 05 §", "SE", "+46701740605", "§"),
        ("& 070-174 06 05", "SE", "+46701740605", "&"),
        ("*070-174 06 05", "SE", "+46701740605", "*"),
        ("070-174 06 05 #", "SE", "+46701740605", "#"),
        ("070-174 06 05 mobil/jobb", "SE", "+46701740605", "mobil jobb"),
    ],
)
def test_what_is_left_out_of_a_phone_is_named(text: str, country: str, number: str, left_out: str) -> None:
    assert read_phone(text, country) == (number, left_out)


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    "text",
    [
        "O701740605",
        "o70-1740605",
        "07O-1740605",
        "07o1740605",
        "070-174O605",
        "070-174060l",
        "l701740605",
        "I 701740605",
        "|701740605",
        "OO46701740605",
        "\u041e701740605",
        "\u039f70-1740605",
        "S701740605",
        "070-1740605m",
        "070-1740605²",
    ],
)
def test_a_letter_for_a_digit_is_refused_not_left_out(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_phone(text, "SE")
    assert text not in str(refusal.value)


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize("text", ["08-123&456 78", "08-1 📞 456 78", "070-174 06 0²5", "*31#0701740605", "070_1740605"])
def test_a_sign_between_the_digits_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_phone(text, "SE")


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize("word", ["x", "a.", "a-'", "§", "1", "a1", "(", "٣"])
def test_a_text_too_long_for_a_number_is_refused_before_anything_looks_at_it(word: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_phone("08-123 456 78 " + word * 100_000, "SE")
    assert "too long" in str(refusal.value)


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    "text", ["08-123 456 78 ext 12", "08-123 456 78 x12", "+46812345678;ext=12", "08-12345678 anknytning 12"]
)
def test_an_extension_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_phone(text, "SE")


@pytest.mark.behaviour("D-01", "D-07")
@pytest.mark.parametrize(
    "text",
    [
        "+46 (0)70-174 06 05",
        "0046701740605",
        "46701740605",
        "\u202a070-174 06 05\u202c",
        "070\u200b1740605",
        "\uff0b46701740605",
        "070\u2011174\u201106\u201105",
        "070\u2212174 06 05",
        "070\u00a0174\u202f06 05",
        "０７０１７４０６０５",
        "701740605",
    ],
)
def test_usual_writings_of_a_phone_are_one_number(text: str) -> None:
    assert clean_phone(text, "SE") == "+46701740605"


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    ("text", "country", "number"),
    [("02000", "NO", "+4702000"), ("+47 41414141", "", "+4741414141"), ("06-12345678", "NL", "+31612345678")],
)
def test_other_countries_numbers_are_read(text: str, country: str, number: str) -> None:
    assert clean_phone(text, country) == number


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p1@företag.se", "p1@xn--fretag-wxa.se"),
        ("P1@FÖRETAG.SE", "p1@företag.se"),
        ("p1@fo\u0308retag.se", "p1@företag.se"),
        ("p1@XN--FRETAG-WXA.se", "p1@företag.se"),
        ("Anna@Example.se", "anna@example.se"),
        ("p1@demo．example", "p1@demo.example"),
        ("p1@DEMO。example", "p1@demo.example"),
        ("p1@ｄｅｍｏ.example", "p1@demo.example"),
        ("anna@example.se\u200b", "anna@example.se"),
    ],
)
def test_two_writings_of_an_address_are_equal(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)
    assert email_key(clean_email(one)) == email_key(clean_email(other))


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("one", "other"), [("anna+x@example.se", "anna@example.se"), ("anna@exämple.se", "anna@example.se"), ("@xn--", "@")]
)
def test_other_addresses_are_not(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u200e", "\u00ad"])
def test_an_address_is_cleaned_of_what_nobody_sees(sign: str) -> None:
    assert clean_email(f"{sign}anna{sign}@example.se{sign}") == "anna@example.se"


@pytest.mark.parametrize("text", ["anna@@example.se", "anna@example.se; bo@example.se", "anna @example.se"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_email(text)


@pytest.mark.parametrize(
    "local", ["anna", "anna.berg", "a+b", "o'brien", "a..b", ".a", "a.", "", "a b", "a" * 64, "a" * 65, '"a b"', "å"]
)
@pytest.mark.parametrize(
    "domain",
    [
        "example.se",
        "EXAMPLE.SE",
        "företag.se",
        "xn--fretag-wxa.se",
        "example",
        "-a.se",
        "a_b.se",
        "[127.0.0.1]",
        "a..se",
    ],
)
def test_the_quick_way_says_what_the_library_says(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    try:
        expected = validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        with pytest.raises(ValidationError):
            clean_email(text)
    else:
        assert clean_email(text) == expected
