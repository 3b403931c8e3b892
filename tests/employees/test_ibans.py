"""Two numbers of one account (D-05): what certainly is another account's is refused, nothing else."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from schwifty import IBAN

from employees.values.account_changes import without_leftovers
from employees.values.account_doubts import doubts_about_account
from employees.values.bank_accounts import BankAccountNumbers, clean_bank_account
from employees.values.swedish_bank_accounts import BANKS, InvalidSwedishAccount, clean_swedish_account
from employees.values.swedish_ibans import IBAN_IDS

pytestmark = pytest.mark.behaviour("D-05")
# Of the banks' own list (2023-09-07) and of gocardless/ibandit's: the IBAN-ID of a series, by its first number, and
# what the account's part holds. Swedbank's 8xxx: five digits of the clearing number, ten of the account.
PUBLISHED = """
1100 300 both | 1200 120 both | 1400 300 both | 2300 230 both | 2400 120 both | 3000 300 both | 3300 300 account
3301 300 both | 3400 902 both | 3410 300 both | 3782 300 account | 3783 300 both | 4000 300 both | 5000 500 both
6000 600 account | 7000 800 both | 8000 800 five | 9020 902 both | 9040 904 both | 9060 902 both | 9070 907 both
9100 910 both | 9120 500 both | 9130 500 both | 9150 915 both | 9170 917 both | 9180 120 account | 9190 919 both
9230 923 both | 9250 925 both | 9260 919 both | 9270 927 both | 9280 928 both | 9300 930 account | 9390 939 both
9400 940 both | 9460 945 both | 9460 946 both | 9470 947 both | 9500 950 account | 9500 950 filled | 9550 955 both
9570 957 account | 9580 958 both | 9590 959 both | 9630 963 both | 9640 964 both | 9650 965 both | 9660 966 both
9670 967 both | 9680 968 both | 9700 970 both | 9710 971 both | 9750 975 both | 9780 978 both | 9880 988 both
9890 989 account | 9960 950 account | 9960 950 filled
"""
SERIES = [tuple(line.split()) for part in PUBLISHED.strip().splitlines() for line in part.split("|")]
LUHN_FIFTH = {"8000": "2", "8327": "9", "8424": "4", "8105": "9"}


def clean(**values: str) -> BankAccountNumbers:
    given = {"country": "SE", "clearing_number": "", "account_number": "", "iban": "", "bic": ""}
    return clean_bank_account(**{**given, **values})


def swedish_iban(iban_id: str, form: str, clearing: str, account: str) -> str:
    clearing = clearing[:4]
    part = {
        "both": clearing + account,
        "account": account,
        "filled": clearing + account.zfill(10),
        "five": clearing + LUHN_FIFTH.get(clearing, "") + account.zfill(10),
    }[form]
    return str(IBAN.from_bban("SE", iban_id + part.zfill(17)))


def accounts_of(first: int, count: int) -> Iterator[tuple[str, str]]:
    bank = next(bank for bank in BANKS if bank.first == first)
    rng = random.Random(first)
    while count:
        clearing = rng.choice(sorted(LUHN_FIFTH)) if bank.first == 8000 else str(rng.randint(bank.first, bank.last))
        length = rng.randint(bank.shortest, bank.longest)
        try:
            yield clean_swedish_account(clearing_number=clearing, account_number=_number(rng, length))
        except InvalidSwedishAccount:
            continue
        count -= 1


def _number(rng: random.Random, length: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(length - 1))


@pytest.mark.parametrize(("first", "iban_id", "form"), SERIES)
def test_no_right_pair_of_a_swedish_bank_is_refused_and_every_wrong_one_is(first: str, iban_id: str, form: str) -> None:
    accounts = list(accounts_of(int(first), 60))
    for (clearing, account), (_clearing, other) in zip(accounts, accounts[1:], strict=False):
        iban = swedish_iban(iban_id, form, clearing, account)
        numbers = clean(clearing_number=clearing, account_number=account, iban=iban)
        assert (numbers.account_number, numbers.iban) == (account, iban)
        if other != account:
            wrong = swedish_iban(iban_id, form, clearing, other)
            assert refused(clearing_number=clearing, account_number=account, iban=wrong) == ["iban"]


def test_every_series_of_the_table_was_tried() -> None:
    assert {bank.first for bank in BANKS} - {int(first) for first, *_ in SERIES} == {9770}
    assert {bank.name for bank in BANKS} == set(IBAN_IDS)


def test_of_intergiro_whose_ibans_hold_numbers_of_their_own_the_bank_alone_is_compared() -> None:
    clearing, account = next(accounts_of(9770, 1))
    own = str(IBAN.from_bban("SE", "977" + "1".zfill(17)))
    klarnas = str(IBAN.from_bban("SE", "978" + (clearing + account).zfill(17)))

    assert clean(clearing_number=clearing, account_number=account, iban=own).iban == own
    assert refused(clearing_number=clearing, account_number=account, iban=klarnas) == ["iban"]


def test_a_swedish_iban_id_that_no_list_has_is_not_refused_for_it() -> None:
    iban = str(IBAN.from_bban("SE", "295" + "51403215642".zfill(17)))
    assert clean(clearing_number="5140", account_number="3215642", iban=iban).iban == iban


@pytest.mark.parametrize("clearing", ["8327", "8327-9"])
def test_swedbanks_iban_agrees_with_and_without_the_fifth_digit(clearing: str) -> None:
    # As in Swedbank's own example: SEkk 800 00 83279 0000012345.
    iban = str(IBAN.from_bban("SE", "800" + "00" + "83279" + "0000012345"))
    assert clean(clearing_number=clearing, account_number="012 345", iban=iban).iban == iban


# country, clearing number, account number, the account's IBAN
RIGHT = [
    ("NO", "", "8601.11.17947", "NO93 8601 1117 947"),
    ("NO", "", "8601 11 17947", "no9386011117947"),
    ("DK", "0040", "440116243", "DK50 0040 0440 1162 43"),
    ("DK", "", "00400440116243", "DK50 0040 0440 1162 43"),
    ("DK", "0040", "0440116243", "DK5000400440116243"),
    ("FI", "", "123456-785", "FI21 1234 5600 0007 85"),
    ("FI", "", "12345600000785", "FI21 1234 5600 0007 85"),
    ("FI", "123456", "785", "FI21 1234 5600 0007 85"),
    ("NL", "", "0417164300", "NL91 ABNA 0417 1643 00"),
    ("NL", "", "417164300", "NL91 ABNA 0417 1643 00"),
    ("NL", "", "5154161", "NL19INGB0005154161"),
    ("NL", "ABNA", "517164300", "NL38ABNA0517164300"),
    ("DE", "37040044", "532013000", "DE89 3704 0044 0532 0130 00"),
    ("DE", "370 400 44", "5320130", "DE89 3704 0044 0532 0130 00"),
    ("BE", "", "539-0075470-34", "BE68 5390 0754 7034"),
    ("PL", "", "61 1090 1014 0000 0712 1981 2874", "PL61 1090 1014 0000 0712 1981 2874"),
    ("GB", "60-16-13", "31926819", "GB29 NWBK 6016 1331 9268 19"),
    ("GB", "60-16-13", "1031926819", "GB29 NWBK 6016 1331 9268 19"),
    ("FR", "", "20041 01005 0500013M026 06", "FR14 2004 1010 0505 0001 3M02 606"),
    ("CH", "762", "11623852957", "CH93 0076 2011 6238 5295 7"),
    ("CZ", "0800", "19-2000145399", "CZ65 0800 0000 1920 0014 5399"),
    ("CZ", "", "19-2000145399/0800", "CZ65 0800 0000 1920 0014 5399"),
    ("ES", "", "2100 0418 45 0200051332", "ES91 2100 0418 4502 0005 1332"),
    ("AT", "19043", "234573201", "AT61 1904 3002 3457 3201"),
    ("CH", "", "25-9034-2", "CH03 0900 0000 2500 9034 2"),
    ("CZ", "0800", "2000145399", "CZ79 0800 0000 0020 0014 5399"),
    ("SK", "", "19-8742637541/1200", "SK31 1200 0000 1987 4263 7541"),
    ("IS", "", "0159-26-7654", "IS14 0159 2600 7654 5510 7303 39"),
    ("IS", "", "0159-26-007654-551073-0339", "IS14 0159 2600 7654 5510 7303 39"),
    ("HU", "", "11773016-11111018-00000000", "HU42 1177 3016 1111 1018 0000 0000"),
    ("HU", "", "11773016-11111018", "HU42 1177 3016 1111 1018 0000 0000"),
    ("EE", "", "221020145685", "EE38 2200 2210 2014 5685"),
    ("ES", "", "0200051332", "ES91 2100 0418 4502 0005 1332"),
    ("IT", "05428", "123456", "IT60 X054 2811 1010 0000 0123 456"),
    ("PL", "", "71219812874", "PL61 1090 1014 0000 0712 1981 2874"),
    ("PL", "10901014", "0000 0712 1981 2874", "PL61 1090 1014 0000 0712 1981 2874"),
    ("GB", "", "60-16-13 31926819", "GB29 NWBK 6016 1331 9268 19"),
    ("LT", "", "11101001000", "LT12 1000 0111 0100 1000"),
]


@pytest.mark.parametrize(("country", "clearing", "account", "iban"), RIGHT)
def test_a_right_pair_of_any_country_is_kept(country: str, clearing: str, account: str, iban: str) -> None:
    numbers = clean(country=country, clearing_number=clearing, account_number=account, iban=iban)
    assert numbers.iban == iban.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("country", "clearing", "account", "iban"),
    [
        ("NO", "", "8601.11.17947", "NO75 7058 0671 290"),
        ("SE", "5439", "0000004", "SE45 5000 0000 0583 9825 7466"),
        ("SE", "6000", "806967498", "SE45 5000 0000 0583 9825 7466"),
        ("DK", "0040", "440116244", "DK50 0040 0440 1162 43"),
        ("DK", "0040", "44011624", "DK50 0040 0440 1162 43"),
        ("FI", "", "123456-786", "FI21 1234 5600 0007 85"),
        ("NL", "", "417164301", "NL91 ABNA 0417 1643 00"),
        ("DE", "37040044", "532010000", "DE89 3704 0044 0532 0130 00"),
        ("BE", "", "539-0075471-34", "BE68 5390 0754 7034"),
        ("PL", "", "1090 1014 0000 0712 1981 2875", "PL61 1090 1014 0000 0712 1981 2874"),
        ("GB", "60-16-13", "31926818", "GB29 NWBK 6016 1331 9268 19"),
        ("CH", "762", "11623852958", "CH93 0076 2011 6238 5295 7"),
        ("CH", "762", "957", "CH93 0076 2011 6238 5295 7"),
        ("CH", "", "2385295", "CH93 0076 2011 6238 5295 7"),
        ("CH", "", "25-934-2", "CH03 0900 0000 2500 9034 2"),
        ("CH", "", "116023852957", "CH93 0076 2011 6238 5295 7"),
        ("PL", "", "100", "PL61 1090 1014 0000 0712 1981 2874"),
        ("PL", "", "1090 1014", "PL61 1090 1014 0000 0712 1981 2874"),
        ("PL", "", "1090 1014 0000 0712 1981", "PL61 1090 1014 0000 0712 1981 2874"),
        ("IS", "", "6545", "IS14 0159 2600 7654 5510 7303 39"),
        ("IS", "", "551073-0339", "IS14 0159 2600 7654 5510 7303 39"),
        ("FI", "", "785", "FI21 1234 5600 0007 85"),
        ("FI", "", "456-785", "FI21 1234 5600 0007 85"),
        ("DE", "37040044", "532013", "DE89 3704 0044 0532 0130 00"),
        ("DE", "", "37040044", "DE89 3704 0044 0532 0130 00"),
        ("AT", "", "234573", "AT61 1904 3002 3457 3201"),
        ("CZ", "", "2000145399/0800", "CZ65 0800 0000 1920 0014 5399"),
        ("HU", "", "11773016", "HU42 1177 3016 1111 1018 0000 0000"),
        ("GB", "60-16-13", "6819", "GB29 NWBK 6016 1331 9268 19"),
        ("ES", "", "2100 0418 45", "ES91 2100 0418 4502 0005 1332"),
    ],
)
def test_an_iban_of_another_account_is_refused_beside_the_iban(
    country: str, clearing: str, account: str, iban: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean(country=country, clearing_number=clearing, account_number=account, iban=iban)
    assert list(refusal.value.message_dict) == ["iban"]
    assert "another account's" in refusal.value.messages[0]
    assert not [number for number in (account, iban, iban.replace(" ", "")) if number in refusal.value.messages[0]]


@pytest.mark.parametrize(
    "iban",
    [
        "NL19INGB0005154161",
        "NL38ABNA0517164300",
        "NO9386011117947",
        "DE89370400440532013000",
        "FI2112345600000785",
        "BE68539007547034",
        "PL61109010140000071219812874",
        "GB29NWBK60161331926819",
        "FR1420041010050500013M02606",
        "MT84MALT011000012345MTLCAST001S",
    ],
)
def test_a_valid_iban_alone_is_kept(iban: str) -> None:
    assert clean(country=iban[:2], iban=iban).iban == iban


@pytest.mark.parametrize("iban", ["NL92ABNA0417164300", "SK3112000000198742637541968", "DE41500105175407324789"])
def test_an_iban_with_a_wrong_check_digit_is_refused(iban: str) -> None:
    assert refused(country=iban[:2], iban=iban) == ["iban"]


PLACEHOLDERS = [
    "NULL",
    "null",
    "TRUE",
    "FALSE",
    "#REF!",
    "N/A",
    "NaN",
    "SANT",
    "0",
    "0000000000",
    "00000000000000",
    "000",
]


@pytest.mark.parametrize("country", ["NL", "CH", "FI", "NO", "SE", "DK", "PL", "US"])
@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_no_account_number(country: str, text: str) -> None:
    clearing = "5140" if country == "SE" else ""
    assert refused(country=country, clearing_number=clearing, account_number=text) == ["account_number"]


@pytest.mark.parametrize("text", ["NULL", "FALSE", "#N/A", "0000"])
def test_a_placeholder_is_no_clearing_number(text: str) -> None:
    assert refused(country="DK", clearing_number=text, account_number="0440116243") == ["clearing_number"]


@pytest.mark.parametrize("text", ["ABC", "ABCDEFGH", "1", "12", "1-2", "NOLLNOLL"])
def test_what_is_too_little_for_an_account_number_is_refused(text: str) -> None:
    assert refused(country="CH", account_number=text) == ["account_number"]


@pytest.mark.parametrize(
    ("country", "iban", "brought"),
    [
        ("CH", "CH9300762011623852957", "957"),
        ("PL", "PL61109010140000071219812874", "100"),
        ("IS", "IS140159260076545510730339", "6545"),
        ("FI", "FI2112345600000785", "785"),
        ("DE", "DE89370400440532013000", "532013"),
    ],
)
def test_an_iban_does_not_stay_beside_a_number_that_only_stands_inside_it(
    country: str, iban: str, brought: str
) -> None:
    stored = BankAccountNumbers(country, "", "", iban, "")
    new = without_leftovers(replace(stored, account_number=brought), stored=stored, brought=["account_number"])
    assert (new.account_number, new.iban) == (brought, "")


# What is told


def doubts(**values: str) -> list[tuple[str, str, bool]]:
    return [(doubt.field, doubt.code, doubt.asked) for doubt in doubts_about_account(clean(**values))]


@pytest.mark.parametrize(
    "values",
    [
        {"clearing_number": "5140", "account_number": "3215642", "bic": "ESSESESS"},
        {"iban": "SE4550000000058398257466", "bic": "ESSESESSXXX"},
        {"clearing_number": "8327", "account_number": "3933190005", "bic": "SWEDSESS"},
        {"country": "NO", "account_number": "86011117947", "bic": "DABANO22"},
        {"country": "NL", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A"},
        {"country": "GB", "iban": "GB29NWBK60161331926819", "bic": "NWBKJEST"},
        {"country": "DK", "clearing_number": "4420", "account_number": "3161123456", "iban": "{danske}"},
    ],
)
def test_a_bic_of_the_accounts_bank_is_not_told(values: dict[str, str]) -> None:
    if values.get("iban") == "{danske}":
        # Danske Bank's own example: 3000 in every IBAN, whatever branch the account is at.
        values = {**values, "iban": str(IBAN.from_bban("DK", "30003161123456"))}
    assert doubts(**values) == []


def test_the_bics_of_every_swedish_bank_that_the_registry_knows_fit_it() -> None:
    for first, iban_id, form in SERIES:
        clearing, account = next(accounts_of(int(first), 1))
        if not (bic := IBAN(swedish_iban(iban_id, form, clearing, account)).bic):
            continue
        assert doubts(clearing_number=clearing, account_number=account, bic=str(bic)) in ([], SWEDBANKS_QUESTION)


SWEDBANKS_QUESTION = [("account_number", "no_check_digit", True)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"clearing_number": "5140", "account_number": "3215642", "bic": "DABADKKK"}, "another country's"),
        ({"clearing_number": "5140", "account_number": "3215642", "bic": "HANDSESS"}, "another bank's"),
        ({"iban": "SE4550000000058398257466", "bic": "NDEASESS"}, "another bank's"),
        ({"country": "NL", "iban": "NL91ABNA0417164300", "bic": "INGBNL2A"}, "another bank's"),
        ({"country": "NO", "account_number": "86011117947", "bic": "SWEDSESS"}, "another country's"),
        ({"country": "DE", "clearing_number": "1", "account_number": "234", "bic": "ESSESESS"}, "another country's"),
    ],
)
def test_a_bic_of_another_bank_or_country_is_told_not_refused(values: dict[str, str], said: str) -> None:
    (doubt,) = doubts_about_account(clean(**values))
    assert (doubt.field, doubt.code, doubt.asked, doubt.likely) == ("bic", "another_bank", False, "")
    assert said in str(doubt.text)


def test_an_iban_that_names_another_branch_is_told() -> None:
    values = {"country": "DK", "clearing_number": "0041", "account_number": "440116243", "iban": "DK5000400440116243"}
    assert doubts(**values) == [("clearing_number", "another_branch", False)]
    assert doubts(**{**values, "clearing_number": "0040"}) == []


@pytest.mark.parametrize(
    ("country", "clearing", "account", "iban", "said"),
    [
        ("CH", "762", "11623852957", "CH9300762011623852957", False),
        ("CH", "76", "11623852957", "CH9300762011623852957", True),
        ("CH", "9", "11623852957", "CH9300762011623852957", True),
        ("FR", "20041", "0500013M026", "FR1420041010050500013M02606", False),
        ("FR", "20041 01005", "0500013M026", "FR1420041010050500013M02606", False),
        ("GB", "60-16-13", "31926819", "GB29NWBK60161331926819", False),
        ("GB", "60-16-19", "31926819", "GB29NWBK60161331926819", True),
        ("FI", "123456", "785", "FI2112345600000785", False),
    ],
)
def test_a_clearing_number_that_only_stands_inside_an_iban_is_told(
    country: str, clearing: str, account: str, iban: str, said: bool
) -> None:
    found = doubts(country=country, clearing_number=clearing, account_number=account, iban=iban)
    assert found == ([("clearing_number", "another_branch", False)] if said else [])


@pytest.mark.behaviour("D-06")
def test_a_swedbank_account_that_fits_no_check_digit_is_asked_about() -> None:
    (doubt,) = doubts_about_account(clean(clearing_number="8424-4", account_number="983 189 224-7"))
    assert (doubt.field, doubt.code, doubt.asked, doubt.likely) == ("account_number", "no_check_digit", True, "")
    assert "check it against the bank's document" in str(doubt.text)
    assert doubts(clearing_number="8424-4", account_number="983 189 224-6") == []


@pytest.mark.behaviour("D-06")
@pytest.mark.parametrize("clearing", ["8327-9", "8327"])
def test_a_clearing_number_that_stands_in_the_account_number_is_offered_without(clearing: str) -> None:
    (doubt,) = doubts_about_account(clean(clearing_number=clearing, account_number="8327 123455"))
    assert (doubt.asked, doubt.likely) == (True, "0000123455")
    assert doubts(clearing_number=clearing, account_number=doubt.likely) == []


def test_a_stored_account_that_no_rule_knows_is_no_matter_of_doubt() -> None:
    assert doubts_about_account(BankAccountNumbers("SE", "999", "1", "", "")) == []


def refused(**values: str) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        clean(**values)
    return list(refusal.value.message_dict)
