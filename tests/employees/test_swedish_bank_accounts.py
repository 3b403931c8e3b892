import pytest
from hypothesis import given
from hypothesis import strategies as st

from employees.values.swedish_bank_accounts import (
    BANKS,
    InvalidSwedishAccount,
    Reason,
    clean_swedish_account,
    find_bank,
    has_check_digit,
)

# As written, then canonical: one of each kind of check, and of each way to write it.
VALID = [
    ("5140", "321 5642", "5140", "3215642"),
    ("1255", "6548711", "1255", "6548711"),
    ("1150", "9743685", "1150", "9743685"),
    ("4564", "154 1970", "4564", "1541970"),
    ("3300", "000620-5124", "3300", "0006205124"),
    ("3400", "123 4645", "3400", "1234645"),
    ("6683", "764450808", "6683", "764450808"),
    ("6683", "000764450808", "6683", "764450808"),
    ("8424-4", "983 189 224-6", "84244", "9831892246"),
    ("8424", "983 189 224-6", "8424", "9831892246"),
    ("8129-9", "43 386 711-6", "81299", "0433867116"),
    ("9071", "417 23 83", "9071", "4172383"),
    ("9180", "331 4218", "9180", "0003314218"),
    ("9553", "5894364", "9553", "5894364"),
    ("9160", "741 6680", "9160", "7416680"),
    ("9530", "364 8748", "9530", "3648748"),
    ("9578", "633 1128", "9578", "0006331128"),
    ("9789", "1111113", "9789", "1111113"),
    ("9882", "134 6325", "9882", "1346325"),
]
INVALID = [
    ("", "3215642", Reason.CLEARING_NUMBER_FORMAT),
    ("514", "3215642", Reason.CLEARING_NUMBER_FORMAT),
    ("51409", "3215642", Reason.CLEARING_NUMBER_FORMAT),
    ("5l40", "3215642", Reason.CLEARING_NUMBER_FORMAT),
    ("9999", "3215642", Reason.CLEARING_NUMBER_UNKNOWN),
    ("84245", "9831892246", Reason.CLEARING_NUMBER_CHECK_DIGIT),
    ("5140", "321564", Reason.ACCOUNT_NUMBER_LENGTH),
    ("5140", "13215642", Reason.ACCOUNT_NUMBER_LENGTH),
    ("5140", "", Reason.ACCOUNT_NUMBER_LENGTH),
    ("5140", "321564O", Reason.ACCOUNT_NUMBER_LENGTH),
    ("5140", "3215643", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
    ("5140", "0000000", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
    ("6683", "764450809", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
    ("9252", "1322149", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
]


@pytest.mark.behaviour("FX-09")
@pytest.mark.parametrize(("clearing", "account", "clean_clearing", "clean_account"), VALID)
def test_a_valid_account_is_returned_as_digits(
    clearing: str, account: str, clean_clearing: str, clean_account: str
) -> None:
    cleaned = clean_swedish_account(clearing_number=clearing, account_number=account)

    assert cleaned == (clean_clearing, clean_account)


@pytest.mark.behaviour("FX-09")
@pytest.mark.parametrize(("clearing", "account", "reason"), INVALID)
def test_an_invalid_account_says_why(clearing: str, account: str, reason: Reason) -> None:
    with pytest.raises(InvalidSwedishAccount) as refusal:
        clean_swedish_account(clearing_number=clearing, account_number=account)

    assert refusal.value.reason is reason


@pytest.mark.behaviour("D-06")
@pytest.mark.parametrize(
    ("clearing", "account", "cleaned"),
    [
        ("8424", "9831892247", ("8424", "9831892247")),
        ("8424-4", "983 189 224-7", ("84244", "9831892247")),
        ("8304\u22128", "123456", ("83048", "0000123456")),
    ],
)
def test_a_swedbank_account_that_fits_no_check_digit_is_taken_and_known_for_it(
    clearing: str, account: str, cleaned: tuple[str, str]
) -> None:
    assert clean_swedish_account(clearing_number=clearing, account_number=account) == cleaned
    assert not has_check_digit(clearing_number=cleaned[0], account_number=cleaned[1])


@pytest.mark.behaviour("D-06")
@pytest.mark.parametrize(
    ("clearing", "account", "reason"),
    [
        # Only the series 8xxx has such accounts.
        ("9320", "1234567891", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
        ("7104", "1234567", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
        ("9960", "1234567", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
        # And all else must hold.
        ("8424-5", "9831892247", Reason.CLEARING_NUMBER_CHECK_DIGIT),
        ("8424", "12345", Reason.ACCOUNT_NUMBER_LENGTH),
        ("8424", "84244 983 189 224-6", Reason.ACCOUNT_NUMBER_LENGTH),
        ("8424", "0000000000", Reason.ACCOUNT_NUMBER_CHECK_DIGIT),
    ],
)
def test_everywhere_else_a_wrong_digit_is_refused(clearing: str, account: str, reason: Reason) -> None:
    with pytest.raises(InvalidSwedishAccount) as refusal:
        clean_swedish_account(clearing_number=clearing, account_number=account)

    assert refusal.value.reason is reason


@pytest.mark.behaviour("D-06")
def test_every_accepted_account_but_swedbanks_old_ones_has_its_check_digit() -> None:
    for clearing, account, *_ in VALID:
        cleaned = clean_swedish_account(clearing_number=clearing, account_number=account)
        assert has_check_digit(clearing_number=cleaned[0], account_number=cleaned[1])


@pytest.mark.behaviour("D-06")
def test_every_clearing_number_is_a_banks_or_nobodys() -> None:
    """Of the ranges that published tables have: Intergiro's is taken, ABN Amro's, which has left, is not."""
    taken = {number for number in range(1000, 10_000) if _is_taken(number)}

    assert {*range(9770, 9780), *range(9100, 9110), *range(9960, 9970)} <= taken
    assert not {*range(9090, 9100), *range(1000, 1100), *range(2100, 2300), *range(9970, 10_000)} & taken
    assert len(taken) == sum(bank.last - bank.first + 1 for bank in BANKS)


@given(st.integers(0, 999_999), st.sampled_from(["1255", "5140", "4564", "9553"]))
def test_at_most_one_check_digit_fits_a_type_1_account(body: int, clearing: str) -> None:
    fitting = [digit for digit in range(10) if _is_valid(clearing, f"{body:06d}{digit}")]

    assert len(fitting) <= 1


def test_no_clearing_number_belongs_to_two_banks() -> None:
    ends = [(bank.first, bank.last) for bank in BANKS]

    assert all(last < first for (_, last), (first, _) in zip(ends, ends[1:], strict=False))


def test_the_bank_is_known_by_the_clearing_number() -> None:
    assert find_bank("6683").name == "Handelsbanken"


def _is_taken(number: int) -> bool:
    try:
        find_bank(str(number))
    except InvalidSwedishAccount:
        return False
    return True


def _is_valid(clearing: str, account: str) -> bool:
    try:
        clean_swedish_account(clearing_number=clearing, account_number=account)
    except InvalidSwedishAccount:
        return False
    return True
