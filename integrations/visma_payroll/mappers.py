"""Visma's employees to record values and back; pure functions, no vendor JSON goes further in.

A PUT replaces the whole document, so an edit starts from what was read and keeps everything that is not known here.
"""

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from employees.values.countries import country_code
from employees.values.dates import read_day
from employees.values.postal_codes import clean_postal_code
from employees.values.texts import canonical, canonical_identifier
from integrations.core.clues import national_id_clue, person_clue
from integrations.core.declare import CHOICE, NOTHING, Record, Resource, Text
from integrations.core.errors import Refused
from integrations.core.kinds import (
    ADDRESS,
    BANK_ACCOUNT,
    CODE,
    EMAIL,
    PHONE,
    UNKNOWN,
    Address,
    BankAccount,
    Kind,
    as_written,
)
from integrations.core.reading import object_of, objects_of, said_of, text_of
from integrations.visma_payroll.checks import NORWAY, is_international, norwegian_account
from integrations.visma_payroll.contacts import read_contact, read_phone, write_contact, write_phone
from integrations.visma_payroll.positions import (
    FIRST,
    LAST,
    HeldPosition,
    changed_position,
    describe,
    read_workdays,
    selected_position,
    span_of,
)
from integrations.visma_payroll.timelines import change_from_today, current_entry
from integrations.visma_payroll.unconfirmed import DATES_IN, ORDINARY

Document = Mapping[str, Any]
NAMES: Final = {"given_name": "firstName", "family_name": "lastName"}
ADDRESS_PARTS: Final = ("streetName", "zipCode", "cityName", "countryCode")
# These two stand in documents of their own.
POSITION_FIELDS: Final = frozenset({FIRST, LAST})
# A code of our own (`explanations`).
UNREADABLE_DATE: Final = "unreadable_date"
# What the check of the workdays needs to see of a record (`Record.seen`): the person's other positions, and the day.
SPANS, TODAY = "spans", "today"
# A document with something that cannot be kept: to write it back would change what nobody meant to change.
UNREADABLE_CHARACTER: Final = "unreadable_character"
# What people call the properties, where one cannot be read.
WORDS: Final[Mapping[str, Text]] = {
    "id": gettext_lazy("the ID"),
    "number": gettext_lazy("the employee number"),
    "personNames": gettext_lazy("the names"),
    "personIds": gettext_lazy("the national IDs"),
    "dateOfBirth": gettext_lazy("the date of birth"),
    "emails": gettext_lazy("the e-mail addresses"),
    "phones": gettext_lazy("the phone numbers"),
    "address": gettext_lazy("the address"),
    "salaryPaymentMethod": gettext_lazy("the bank account"),
    "_embedded": gettext_lazy("the positions"),
}
NATIONAL_ID, D_NUMBER = "NationalID", "DNumber"
BANK, CASH = "bank", "cash"


def record_from_employee(
    document: Document, *, resource: Resource, today: date, chosen: str = "", written: str = ""
) -> Record:
    """Return the record of an employee with embedded positions; raises whatever it may where that cannot be read.

    ``today`` is the date in Norway, ``chosen`` the ID of the position that a person chose, ``written`` of the one that
    was written last (VP-05, VP-14). Names, national IDs and a birth date of which a date is none are unknown and told;
    the days of a position stay as they are written.
    """
    held = _read_position(document, today=today, chosen=chosen, written=written)
    number = _identifier(document.get("number"))
    # Properties with a date that is none.
    undated: list[str] = []
    values: dict[str, Any] = {
        **_read_names(document, today=today, undated=undated),
        "work_email": read_contact(document.get("emails"), part="address"),
        "phone": _read_phone(document),
        "employment_id": number,
        "bank_account": read_bank_account(document),
        "address": read_address(document),
        **read_workdays(embedded_positions(document), held),
        # Sent on creation only: what Visma holds stays there.
        "birth_date": UNKNOWN,
        "national_id": UNKNOWN,
    }
    names = [value for name in NAMES if isinstance(value := values[name], str)]
    return Record(
        id=text_of(document["id"]),
        values=tuple(values[field.name] for field in resource.fields),
        label=" ".join(names) or number or text_of(document["id"]),
        active=held is None or held.end is None or held.end >= today,
        clues=_read_clues(document, names=names, today=today, undated=undated),
        options=_read_options(document, held),
        seen=_read_neighbours(document, held, today=today),
        unreadable=said_of(WORDS[name] for name in undated) if undated else "",
    )


def read_bank_account(document: Document) -> BankAccount | None:
    payment = object_of(document.get("salaryPaymentMethod"))
    if text_of(payment.get("paymentType") or BANK).casefold() != BANK:
        return None
    if payment.get("internationalBankAccount"):
        iban = _text(payment.get("internationalIban")) or ""
        country = _text(payment.get("internationalBankCountry")) or iban[:2]
        bic = _text(payment.get("internationalBankSwift")) or ""
        return BankAccount(country_code(country) or country.upper(), iban=iban, bic=bic) if iban else None
    number = _text(payment.get("localBankAccount"))
    return BankAccount(NORWAY, "", number) if number else None


def read_address(document: Document) -> Address | None:
    """Return the address; a country alone is none, a blank one is Norway."""
    parts = object_of(document.get("address"))
    street, zip_code, city, country = (_text(parts.get(name)) or "" for name in ADDRESS_PARTS)
    if not (street or zip_code or city):
        return None
    country = (country_code(country) or country.upper()) if country else NORWAY
    try:
        zip_code = clean_postal_code(zip_code, country)
    except ValidationError:
        zip_code = "".join(zip_code.split())
    return Address(street, zip_code, city, country)


def embedded_positions(document: Document) -> Sequence[Document]:
    """Return the positions; raises TypeError where they are none."""
    return objects_of(object_of(document.get("_embedded")).get("positions"))


def edited_employee(
    document: Document, values: Mapping[str, Any], *, today: date, international: bool = False
) -> dict[str, Any]:
    """Return the document to PUT: the one that was read with the given values, everything else as it was.

    None clears, except what is never emptied at Visma: the names, the number and the bank account (VP-07, VP-08).
    UNKNOWN is never written, nor are the workdays, which stand in positions. Raises Refused where a date of the
    document is none. ``international`` is the setting of that name.
    """
    edited = {name: copy.deepcopy(value) for name, value in document.items() if name != "_embedded"}
    wanted = {name: as_written(value) for name, value in values.items() if value is not UNKNOWN}
    names = {NAMES[name]: wanted[name] for name in NAMES if wanted.get(name)}
    if names:
        edited["personNames"] = _edited_names(document, names, today=today)
    email, phone = read_contact(document.get("emails"), part="address"), _read_phone(document)
    if "work_email" in wanted and not _same(EMAIL, wanted["work_email"], email):
        edited["emails"] = write_contact(document.get("emails"), part="address", value=wanted["work_email"])
    if "phone" in wanted and not _same(PHONE, wanted["phone"], phone):
        edited["phones"] = write_phone(document.get("phones"), wanted["phone"])
    if wanted.get("employment_id") and not _same(CODE, wanted["employment_id"], _identifier(document.get("number"))):
        edited["number"] = wanted["employment_id"]
    if "address" in wanted and not _same(ADDRESS, wanted["address"], read_address(document)):
        edited["address"] = write_address(wanted["address"], before=document.get("address") or {})
    if wanted.get("bank_account") and not _same(BANK_ACCOUNT, wanted["bank_account"], read_bank_account(document)):
        payment = document.get("salaryPaymentMethod") or {}
        edited["salaryPaymentMethod"] = write_bank_account(
            wanted["bank_account"], before=payment, international=international
        )
    return edited


def is_deleted(document: Document) -> bool:
    """Whether it only tells that somebody was deleted, as Visma's webhooks do: nobody is meant by it any more."""
    return document.get("isDeleted") is True


def edited_position(
    document: Document, values: Mapping[str, Any], *, others: Sequence[Document] = (), today: date = date.min
) -> dict[str, Any]:
    """Return the position to PUT; see ``positions.changed_position`` for what it refuses."""
    workdays = {name: values[name] for name in POSITION_FIELDS if values.get(name, UNKNOWN) is not UNKNOWN}
    try:
        return copy.deepcopy(changed_position(document, workdays, others=others, today=today))
    except ValueError as error:
        raise _unreadable(error) from error


def new_employee(
    values: Mapping[str, Any], *, tax_unit: str = "", work_time_agreement: str = "", international: bool = False
) -> dict[str, Any]:
    """Return the body that creates a draft with one position: payroll completes it, with what the hub does not know.

    ``tax_unit`` and ``work_time_agreement`` are IDs, where the company has only one of each.
    """
    held = {name: as_written(value) for name, value in values.items() if value is not None and value is not UNKNOWN}
    start = held[FIRST]
    position = changed_position({"activeStart": start.isoformat(), "typeOfPosition": ORDINARY}, _only(held, LAST))
    for name, chosen in (("taxUnitIds", tax_unit), ("workTimeAgreement", work_time_agreement)):
        if chosen:
            position[name] = [{"value": chosen, "activeStart": start.isoformat(), "activeEnd": None}]
    body: dict[str, Any] = {"isDraft": True, "positions": [position]}
    body["personNames"] = [{theirs: held[ours] for ours, theirs in NAMES.items() if ours in held}]
    if "national_id" in held:
        body["personIds"] = [{"typeOfId": _kind_of(held["national_id"]), "id": held["national_id"]}]
    if "birth_date" in held:
        body["dateOfBirth"] = held["birth_date"].isoformat()
    # Whoever has no account that can be sent is paid in cash until payroll says otherwise (VP-08).
    body["salaryPaymentMethod"] = {"paymentType": CASH}
    others = {name: value for name, value in held.items() if name not in NAMES}
    return edited_employee(body, others, today=start, international=international)


def write_address(value: Address | None, *, before: Document) -> dict[str, Any]:
    """Return the address with its other properties; emptied, the mandatory country stays."""
    parts = dict(zip(ADDRESS_PARTS, value or Address(), strict=True))
    parts["countryCode"] = parts["countryCode"] or before.get("countryCode") or NORWAY
    kept = {name: inside for name, inside in before.items() if name not in ADDRESS_PARTS}
    return {**kept, **{name: part for name, part in parts.items() if part}}


def write_bank_account(value: BankAccount, *, before: Document, international: bool) -> dict[str, Any]:
    """Return the payment with the account, where it is one that is sent; what Visma has stays otherwise (VP-08)."""
    number = norwegian_account(value)
    if number:
        changed = {**before, "paymentType": BANK, "localBankAccount": number}
        if before.get("internationalBankAccount"):
            changed["internationalBankAccount"] = False
        return changed
    if not (international and is_international(value)):
        return dict(before)
    return {
        **{name: inside for name, inside in before.items() if name != "localBankAccount"},
        "paymentType": BANK,
        "internationalBankAccount": True,
        "internationalIban": value.iban,
        "internationalBankSwift": value.bic,
        "internationalBankCountry": value.country,
    }


def _same(kind: Kind, wanted: Any, held: Any) -> bool:
    """Whether both are one value in two writings: there is nothing to write then (D-01)."""
    if wanted is None or held is None:
        return wanted is held
    return bool(kind.normalise(wanted) == kind.normalise(held))


def _only(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: values[name]} if name in values else {}


def _kind_of(national_id: str) -> str:
    """A D-number has 40 added to its day."""
    return D_NUMBER if national_id[:1] in {"4", "5", "6", "7"} else NATIONAL_ID


def _edited_names(document: Document, names: Mapping[str, Any], *, today: date) -> list[dict[str, Any]]:
    try:
        return change_from_today(copy.deepcopy(document.get("personNames") or []), names, today=today)
    except ValueError as error:
        raise _unreadable(error) from error


def _unreadable(error: ValueError) -> Refused:
    return Refused(
        _("A date in Visma.net Payroll cannot be read (%(reason)s). Correct it there.") % {"reason": error},
        code=UNREADABLE_DATE,
    )


def _read_names(document: Document, *, today: date, undated: list[str]) -> dict[str, Any]:
    try:
        name = current_entry(objects_of(document.get("personNames")), today=today) or NOTHING
    except ValueError:
        undated.append("personNames")
        return dict.fromkeys(NAMES, UNKNOWN)
    return {ours: _text(name.get(theirs)) for ours, theirs in NAMES.items()}


def _read_phone(document: Document) -> str | None:
    return read_phone(read_contact(document.get("phones"), part="number"))


def _read_position(document: Document, *, today: date, chosen: str, written: str) -> HeldPosition | None:
    try:
        return selected_position(embedded_positions(document), today=today, chosen=chosen, written=written)
    except ValueError:
        return None


def _read_options(document: Document, held: HeldPosition | None) -> Mapping[str, Any]:
    """Return which position the workdays are those of, and where there are several, which (VP-05)."""
    positions = embedded_positions(document)
    if held is None:
        return NOTHING
    meant = {CHOICE: str(held.document.get("id") or "")}
    if len(positions) < 2:
        return meant
    described = [(str(each.get("id", "")), describe(HeldPosition.of(each))) for each in positions]
    return {**meant, "choices": [list(pair) for pair in described]}


def _read_neighbours(document: Document, held: HeldPosition | None, *, today: date) -> Mapping[str, Any]:
    """Return what an edit of the position has to see; nothing for somebody with one that lasts."""
    positions = embedded_positions(document)
    if held is None or (len(positions) < 2 and held.end is None):
        return NOTHING
    return {SPANS: tuple(span_of(each) for each in positions if each is not held.document), TODAY: today}


def _read_clues(document: Document, *, names: list[str], today: date, undated: list[str]) -> tuple[str, ...]:
    """Return none or two clues, an unknown one empty: the comparison counts on it."""
    kinds = {NATIONAL_ID.casefold(), D_NUMBER.casefold()}
    given_name, family_name = names if len(names) == 2 else ("", "")
    norwegian = [
        each for each in objects_of(document.get("personIds")) if text_of(each.get("typeOfId")).casefold() in kinds
    ]
    identity, born = NOTHING, None
    try:
        identity = current_entry(norwegian, today=today) or NOTHING
    except ValueError:
        undated.append("personIds")
    try:
        born = read_day(text, zone=DATES_IN) if (text := text_of(document.get("dateOfBirth")).strip()) else None
    except ValueError:
        undated.append("dateOfBirth")
    clues = (
        national_id_clue(NORWAY, _text(identity.get("id")) or "") or "",
        person_clue(given_name, family_name, born) or "",
    )
    return clues if any(clues) else ()


def _text(value: Any) -> str | None:
    """Return a canonical text (numbers come as either); None when empty."""
    return canonical(text_of(value)) or None


def _identifier(value: Any) -> str | None:
    return canonical_identifier(text_of(value)) or None
