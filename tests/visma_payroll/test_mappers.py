from datetime import date
from typing import Any

import pytest

from integrations.core.compare import unfit_together
from integrations.core.declare import Side
from integrations.core.errors import Refused
from integrations.core.kinds import UNKNOWN, Address, BankAccount
from integrations.visma_payroll.mappers import edited_employee, edited_position, new_employee
from integrations.visma_payroll.unconfirmed import RESIGNED
from tests.visma_payroll.bodies import POSITION_ID, RESOURCE, TODAY, employee_body, position_body, record_from, value_of

HOME = Address("Storgata 1", "0150", "Oslo", "NO")
NORWEGIAN = BankAccount("NO", "", "12340000003")
SWEDISH = BankAccount("SE", "", "", "SE4550000000058398257466", "ESSESESS")
FOREIGN_PAYMENT = {
    "paymentType": "bank",
    "internationalBankAccount": True,
    "internationalIban": SWEDISH.iban,
    "internationalBankSwift": SWEDISH.bic,
    "internationalBankCountry": "SE",
    "internationalRemittanceCountry": "SE",
}


def edited(values: dict[str, Any], *, international: bool = False, **changes: Any) -> dict[str, Any]:
    return edited_employee(employee_body(**changes), values, today=TODAY, international=international)


# Reading


@pytest.mark.behaviour("VP-10")
def test_every_supported_field_is_read() -> None:
    assert RESOURCE.values(record_from(employee_body())) == {
        "given_name": "Åse",
        "family_name": "Ødegård",
        "work_email": "ase.odegard@example.no",
        "phone": "+4740000017",
        "first_workday": date(2020, 1, 1),
        "last_workday": None,
        "employment_id": "17",
        "bank_account": NORWEGIAN,
        "address": HOME,
        "birth_date": UNKNOWN,
        "national_id": UNKNOWN,
    }


@pytest.mark.behaviour("VP-03")
def test_the_current_name_is_the_one_that_is_read() -> None:
    record = record_from(employee_body())
    assert record.label == "Åse Ødegård"
    assert (
        value_of("family_name", personNames=[{"firstName": "Å", "lastName": "Lie", "activeStart": "2030-01-01"}])
        == "Lie"
    )


def test_a_name_with_an_unreadable_date_is_unknown_and_everything_else_is_read() -> None:
    names = [{"firstName": "Åse", "lastName": "Lie", "activeStart": "soon"}]
    assert value_of("family_name", personNames=names) is UNKNOWN
    assert value_of("employment_id", personNames=names) == "17"


@pytest.mark.behaviour("VP-04")
@pytest.mark.parametrize("kind", ["Business", "business", "BUSINESS"])
def test_the_business_contacts_are_read_however_their_kind_is_written(kind: str) -> None:
    private = {"type": "Private", "address": "a@example.no"}
    assert value_of("work_email", emails=[private, {"type": kind, "address": "b@example.no"}]) == "b@example.no"
    assert value_of("work_email", emails=[private]) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (40000017, "+4740000017"),
        (4740000017, "+4740000017"),
        ("+47 400 00 017", "+4740000017"),
        (46701740605, "+46701740605"),
        ("ask", "ask"),
    ],
)
def test_a_phone_is_read_as_norwegian_or_with_its_country(written: Any, read: str) -> None:
    assert value_of("phone", phones=[{"type": "Business", "number": written}]) == read


@pytest.mark.parametrize("nothing", [None, []])
def test_what_the_document_lacks_is_empty(nothing: Any) -> None:
    assert value_of("phone", phones=nothing) is None
    assert value_of("work_email", emails=nothing) is None
    assert value_of("address", address=None) is None
    assert value_of("bank_account", salaryPaymentMethod=None) is None
    assert value_of("given_name", personNames=nothing) is None


@pytest.mark.behaviour("VP-08")
def test_accounts_are_read_at_home_and_abroad_and_cash_is_none() -> None:
    assert value_of("bank_account", salaryPaymentMethod=FOREIGN_PAYMENT) == SWEDISH
    assert value_of("bank_account", salaryPaymentMethod={"paymentType": "cash"}) is None


def test_an_address_without_a_country_is_norwegian_and_a_country_alone_is_none() -> None:
    assert value_of("address", address={"streetName": "Storgata 1", "zipCode": "0150", "cityName": "Oslo"}) == HOME
    assert value_of("address", address={"countryCode": "NO"}) is None


@pytest.mark.behaviour("VP-05")
def test_the_workdays_are_those_of_the_selected_position_or_of_the_one_chosen() -> None:
    second = position_body(id="second", activeStart="2024-01-01", activeEnd="2027-01-01")
    document = employee_body(positions=[second, position_body()])
    record = record_from(document)
    assert RESOURCE.value(record, "first_workday") == date(2020, 1, 1)
    assert record.options["choice"] == POSITION_ID
    assert dict(record.options["choices"])["second"] == "Ordinary, 2024-01-01 until 2027-01-01"
    chosen = record_from(document, chosen="second")
    assert RESOURCE.value(chosen, "first_workday") == date(2024, 1, 1)
    assert RESOURCE.value(chosen, "last_workday") == date(2027, 1, 1)


def test_without_a_position_the_workdays_are_unknown_rather_than_empty() -> None:
    assert value_of("first_workday", positions=[]) is UNKNOWN
    assert value_of("last_workday", positions=[]) is UNKNOWN


def test_only_who_has_a_past_position_alone_is_no_longer_active() -> None:
    ended = position_body(activeEnd="2026-11-19")
    assert not record_from(employee_body(positions=[ended])).active
    assert record_from(employee_body(positions=[ended, position_body(activeStart="2026-11-20")])).active
    assert record_from(employee_body(positions=[position_body(activeEnd="2026-11-20")])).active
    assert record_from(employee_body(positions=[], isDraft=True)).active


def test_the_clues_are_the_national_id_and_the_name_with_the_birth_date() -> None:
    assert record_from(employee_body()).clues == ("nid:NO:01015590978", "person:åse ødegård:1955-01-01")
    assert record_from(employee_body(personIds=[], dateOfBirth=None)).clues == ()
    assert record_from(employee_body(dateOfBirth="soon")).id == employee_body()["id"]


# Editing


@pytest.mark.behaviour("VP-03")
def test_a_new_family_name_starts_today_and_keeps_the_given_name() -> None:
    names = edited({"family_name": "Dahl"})["personNames"]
    assert names[1] == {
        "firstName": "Åse",
        "lastName": "Ødegård",
        "activeStart": "2022-01-01",
        "activeEnd": "2026-11-19",
    }
    assert names[2] == {"firstName": "Åse", "lastName": "Dahl", "activeStart": "2026-11-20", "activeEnd": None}


@pytest.mark.behaviour("VP-04")
def test_only_the_business_contacts_change() -> None:
    after = edited({"work_email": "ny@example.no", "phone": "+4741234567"})
    assert after["emails"] == [employee_body()["emails"][0], {"type": "Business", "address": "ny@example.no"}]
    assert after["phones"] == [employee_body()["phones"][0], {"type": "Business", "number": 41234567}]
    emptied = edited({"work_email": None, "phone": None})
    assert (emptied["emails"], emptied["phones"]) == (employee_body()["emails"][:1], employee_body()["phones"][:1])


def test_a_first_business_contact_is_written_as_visma_writes_the_others() -> None:
    lower = [{"type": "private", "address": "a@example.no"}]
    assert edited({"work_email": "b@example.no"}, emails=lower)["emails"][1]["type"] == "business"
    assert edited({"work_email": "b@example.no"}, emails=None)["emails"][0]["type"] == "Business"
    texts = [{"type": "private", "number": "+4790000017"}]
    assert edited({"phone": "+4741234567"}, phones=texts)["phones"][1] == {"type": "business", "number": "+4741234567"}
    assert edited({"phone": "+46701740605"}, phones=[])["phones"] == [{"type": "Business", "number": 46701740605}]


@pytest.mark.behaviour("VP-07")
def test_the_number_changes_and_is_never_emptied() -> None:
    assert edited({"employment_id": "18"})["number"] == "18"
    assert edited({"employment_id": None}) == edited({})


@pytest.mark.behaviour("VP-09")
def test_an_address_keeps_what_else_it_holds_and_emptied_its_country() -> None:
    address = {**employee_body()["address"], "coAddress": "c/o Berg"}
    after = edited({"address": Address("Lia 2", "5003", "Bergen", "")}, address=address)["address"]
    assert after == {
        "coAddress": "c/o Berg",
        "streetName": "Lia 2",
        "zipCode": "5003",
        "cityName": "Bergen",
        "countryCode": "NO",
    }
    assert edited({"address": None})["address"] == {"countryCode": "NO"}


@pytest.mark.behaviour("VP-08")
@pytest.mark.parametrize("value", [None, SWEDISH, BankAccount("NO", "", "12340000001"), UNKNOWN])
def test_an_account_that_visma_has_is_neither_emptied_nor_replaced_by_another_kind(value: Any) -> None:
    assert edited({"bank_account": value}) == edited({})


@pytest.mark.behaviour("VP-08")
def test_a_norwegian_account_is_sent_and_ends_an_international_one() -> None:
    account = BankAccount("NO", "", "86011117947")
    after = edited({"bank_account": account}, salaryPaymentMethod={**FOREIGN_PAYMENT, "other": 1})[
        "salaryPaymentMethod"
    ]
    assert (after["localBankAccount"], after["internationalBankAccount"], after["other"]) == ("86011117947", False, 1)
    from_cash = edited({"bank_account": account}, salaryPaymentMethod={"paymentType": "cash"})["salaryPaymentMethod"]
    assert from_cash == {"paymentType": "bank", "localBankAccount": "86011117947"}


@pytest.mark.behaviour("VP-08")
def test_an_account_abroad_is_sent_where_the_setting_says_so() -> None:
    after = edited({"bank_account": SWEDISH}, international=True)["salaryPaymentMethod"]
    assert (after["internationalIban"], after["internationalBankSwift"]) == (SWEDISH.iban, SWEDISH.bic)
    assert after["internationalBankAccount"] is True
    assert "localBankAccount" not in after


def test_the_edit_leaves_the_document_that_was_read_alone() -> None:
    before = employee_body()
    after = edited_employee(before, {"work_email": "ny@example.no", "family_name": "Dahl"}, today=TODAY)
    after["relatives"][0]["somethingNew"]["deep"].append(3)
    assert before == employee_body()


def test_a_date_that_is_none_refuses_the_edit_of_the_name_alone() -> None:
    names = [{"firstName": "Åse", "lastName": "Lie", "activeStart": "soon"}]
    with pytest.raises(Refused, match="cannot be read"):
        edited({"family_name": "Dahl"}, personNames=names)
    assert edited({"work_email": "ny@example.no"}, personNames=names)["personNames"] == names


def test_a_position_with_a_date_that_is_none_is_refused_until_it_is_corrected() -> None:
    with pytest.raises(Refused, match="cannot be read"):
        edited_position(position_body(activeEnd="soon"), {"last_workday": None})
    assert edited_position(position_body(), {"last_workday": UNKNOWN}) == position_body()


# Creating


@pytest.mark.behaviour("VP-10")
def test_somebody_new_is_a_draft_with_everything_that_the_hub_knows() -> None:
    values = {
        "given_name": "Åse",
        "family_name": "Ødegård",
        "work_email": "ase@example.no",
        "phone": "+4740000017",
        "first_workday": date(2027, 1, 1),
        "last_workday": date(2027, 12, 31),
        "employment_id": "17",
        "bank_account": NORWEGIAN,
        "address": HOME,
        "birth_date": date(1955, 1, 1),
        "national_id": "41015590973",
    }
    assert new_employee(values, tax_unit="T", work_time_agreement="W") == {
        "isDraft": True,
        "number": "17",
        "personNames": [{"firstName": "Åse", "lastName": "Ødegård"}],
        "personIds": [{"typeOfId": "DNumber", "id": "41015590973"}],
        "dateOfBirth": "1955-01-01",
        "emails": [{"type": "Business", "address": "ase@example.no"}],
        "phones": [{"type": "Business", "number": 40000017}],
        "address": {"streetName": "Storgata 1", "zipCode": "0150", "cityName": "Oslo", "countryCode": "NO"},
        "salaryPaymentMethod": {"paymentType": "bank", "localBankAccount": "12340000003"},
        "positions": [
            {
                "activeStart": "2027-01-01",
                "activeEnd": "2027-12-31",
                "typeOfPosition": "Ordinary",
                "positionEndReason": [RESIGNED],
                "taxUnitIds": [{"value": "T", "activeStart": "2027-01-01", "activeEnd": None}],
                "workTimeAgreement": [{"value": "W", "activeStart": "2027-01-01", "activeEnd": None}],
            }
        ],
    }


@pytest.mark.behaviour("VP-08")
@pytest.mark.parametrize("account", [None, SWEDISH])
def test_somebody_new_without_an_account_that_is_sent_is_paid_in_cash(account: BankAccount | None) -> None:
    values = {"given_name": "A", "family_name": "B", "first_workday": TODAY, "bank_account": account}
    assert new_employee(values)["salaryPaymentMethod"] == {"paymentType": "cash"}
    abroad = new_employee({**values, "bank_account": SWEDISH}, international=True)["salaryPaymentMethod"]
    assert abroad["internationalIban"] == SWEDISH.iban


@pytest.mark.behaviour("VP-10")
def test_what_is_not_known_is_not_sent_on_creation() -> None:
    body = new_employee({"given_name": "A", "family_name": "B", "first_workday": TODAY, "address": UNKNOWN})
    assert set(body) == {"isDraft", "positions", "personNames", "salaryPaymentMethod"}


# Writings, and dates with a time


@pytest.mark.behaviour("D-01", "VP-03")
def test_another_writing_of_what_visma_holds_is_no_change() -> None:
    document = employee_body(
        number="A\u030a-7",
        personNames=[{"firstName": "Ka\u030are", "lastName": "Ødegård\u200b", "activeStart": "2022-01-01"}],
        emails=[{"type": "Business", "address": "Ase@xn--fretag-wxa.no"}],
        address={"streetName": "Storgata  1", "zipCode": "N-0150", "cityName": "A\u030aLESUND", "countryCode": "NO"},
        salaryPaymentMethod={"paymentType": "bank", "localBankAccount": "1234 00 00003"},
    )
    values = {
        "given_name": "Kåre",
        "family_name": "Ødegård",
        "work_email": "ase@företag.no",
        "phone": "+4740000017",
        "employment_id": "Å-7",
        "address": Address("Storgata 1", "0150", "Ålesund", "NO"),
        "bank_account": BankAccount("NO", "", "12340000003"),
    }
    edited = edited_employee(document, values, today=TODAY)
    assert edited == {name: value for name, value in document.items() if name != "_embedded"}
    assert RESOURCE.keys(record_from(document))[:2] == ("Kåre", "Ødegård")


@pytest.mark.behaviour("D-01")
def test_what_is_written_is_canonical() -> None:
    edited = edited_employee(
        employee_body(), {"given_name": "Ka\u030are\u200b", "employment_id": "A\u030a-7"}, today=TODAY
    )
    assert edited["personNames"][-1]["firstName"] == "Kåre"
    assert edited["number"] == "Å-7"


@pytest.mark.behaviour("D-01")
def test_a_name_that_nobody_sees_is_empty() -> None:
    assert value_of("given_name", personNames=[{"firstName": "\u200b\u2060", "lastName": "Lie"}]) is None
    assert value_of("employment_id", number="\u200b") is None
    assert value_of("work_email", emails=[{"type": "Business", "address": "\ufeff"}]) is None


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2014-12-31T23:00:00Z", date(2015, 1, 1)),
        ("2014-12-31T23:00:00.0000000Z", date(2015, 1, 1)),
        ("2015-06-30T22:00:00Z", date(2015, 7, 1)),
        ("2015-06-30T21:59:59Z", date(2015, 6, 30)),
        ("2015-01-01T00:00:00", date(2015, 1, 1)),
        ("2015-01-01T00:00:00+01:00", date(2015, 1, 1)),
        ("2014-12-31T18:00:00-05:00", date(2015, 1, 1)),
        ("2015-01-01", date(2015, 1, 1)),
    ],
)
def test_a_date_with_a_time_and_a_zone_is_the_day_that_it_is_in_norway(written: str, day: date) -> None:
    held = record_from(employee_body(positions=[position_body(activeStart=written)]))
    assert RESOURCE.value(held, "first_workday") == day
    named = record_from(employee_body(personIds=[], dateOfBirth=written))
    assert named.clues == ("", f"person:åse ødegård:{day.isoformat()}")


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("written", ["9999-12-31T23:59:59Z", "9999-12-31T00:00:00"])
def test_the_last_moment_that_there_is_stops_nothing(written: str) -> None:
    held = record_from(employee_body(positions=[position_body(activeEnd=written)]))
    assert held.active


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize("written", ["NO", "no", "NOR", "Norge", "Norway", ""])
def test_a_country_in_another_writing_is_known(written: str) -> None:
    address = {"streetName": "Storgata 1", "zipCode": "0150", "cityName": "Oslo", "countryCode": written}
    assert value_of("address", address=address) == HOME


@pytest.mark.behaviour("D-02")
def test_a_workday_that_is_none_is_told_beside_the_one_that_can_be_read() -> None:
    document = employee_body(positions=[position_body(activeStart="2020-13-45", activeEnd="2024-01-31")])
    record = record_from(document)
    first, last = (RESOURCE.value(record, name) for name in ("first_workday", "last_workday"))
    assert (first, last) == ("2020-13-45", date(2024, 1, 31))
    assert "no day of the calendar" in RESOURCE.field("first_workday").refuses(first, to=Side.LEFT)
    assert unfit_together(RESOURCE, left=record_from(employee_body()), right=record) == {}
