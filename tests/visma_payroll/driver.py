"""Visma.net Payroll as the shared contract drives it, written from Visma's own words."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import count, islice
from typing import Any, ClassVar, Final

import pytest
from pytest_django import Settings
from stdnum.no import fodselsnummer, kontonr

from integrations.core import connecting, jobs
from integrations.core.kinds import Address, BankAccount
from integrations.core.models import Connection
from integrations.core.push import draining
from tests.integrations.driver import Call, Driver, Edited, Obstacle, Values
from tests.sandbox.visma_caller import CLIENT, FIRST_TENANT, POSITION, SCOPES, SECOND_TENANT

VENDOR: Final = "visma_payroll"
READ, WRITE = SCOPES.split()
STRANGER: Final = "00000000-0000-4000-8000-000000000000"
ADDRESS_PARTS: Final = ("streetName", "zipCode", "cityName", "countryCode")
PRIVATE: Final = {"type": "Private", "number": 90_000_001}
# All their national IDs are of this day.
BORN: Final = date(1955, 1, 1)


def _lacking(scope: str, *, says: str) -> Obstacle:
    return Obstacle(
        says=(f"has not approved {says}", "connect again"),
        begin=lambda driver: driver.change_company(scopes=[each for each in (READ, WRITE) if each != scope]),
        end=lambda driver: driver.change_company(scopes=[READ, WRITE]),
    )


def _bank_account(number: int) -> BankAccount:
    valid = (text for each in count(1) if kontonr.is_valid(text := f"1234{each:07d}"))
    return BankAccount("NO", "", next(islice(valid, number, None)))


def _national_id(number: int) -> str:
    valid = (text for each in range(100_000) if fodselsnummer.is_valid(text := f"010155{each:05d}"))
    return next(islice(valid, number, None))


class VismaPayrollDriver(Driver):
    integration = VENDOR
    company: ClassVar = {"country": "NO", "time_zone": "Europe/Oslo"}
    account = FIRST_TENANT
    other_account = SECOND_TENANT
    obstacles: ClassVar = {
        "another's number for a tenant ID": Obstacle(
            says=("does not know this Tenant ID", "Copy it anew"), how={"tenant": STRANGER}
        ),
        "not authorised in the App Store": Obstacle(
            says=("has not authorised the app", "Authorize app"),
            begin=lambda driver: driver.change_company(authorised=False),
            end=lambda driver: driver.change_company(authorised=True),
        ),
        "no right to read": _lacking(READ, says="“Read employees”"),
        "no right to write": _lacking(WRITE, says="“Write employees”"),
    }
    token_path = "/visma_payroll/connect/token"
    api_path = "/visma_payroll/v2/"
    create_call = Call("POST", "/employees/withPosition$")
    update_call = Call("PUT", "/v2/employees/[0-9a-f-]+$")
    edited = Edited(
        name="phone", values=("+4740000605", "+4740000606", "+4740000607"), stored_in=("phones[1].",), texts=("number",)
    )
    also_edited = Edited(
        name="address",
        values=(
            Address("Bryggen 1", "5003", "Bergen", "NO"),
            Address("Kongens gate 2", "7011", "Trondheim", "NO"),
            Address("Storgatan 3", "41115", "Göteborg", "SE"),
        ),
        stored_in=("address.",),
        texts=("cityName",),
    )
    required = "employment_id"
    sensitive = Edited(
        name="bank_account",
        values=(_bank_account(501), _bank_account(502), _bank_account(503)),
        stored_in=("salaryPaymentMethod.",),
    )
    national_id = _national_id(77)
    app_secrets = (CLIENT[1],)

    def connect(self, connection: Connection, *, account: str = "", **how: str) -> Connection:
        tenant = how.get("tenant") or account or self.account
        return connecting.authorise_by_form(connection_id=connection.pk, tenant=tenant, by=connection.consent_by)

    def change_company(self, **values: Any) -> None:
        self.sandbox.change(VENDOR, "companies", self.account, values)

    def withdraw(self) -> None:
        self.sandbox.tokens(VENDOR, action="withdraw_consent")

    def allow_again(self) -> None:
        self.change_company(authorised=True)

    def hasten(self, *, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        super().hasten(monkeypatch=monkeypatch, settings=settings)
        self.sandbox.settings(VENDOR, job_seconds=0.05)
        monkeypatch.setattr(jobs, "FIRST_POLL", 0.05)
        monkeypatch.setattr(draining, "LONGEST_NAP", 0.3)

    def values(self, number: int) -> dict[str, Any]:
        return {
            "employment_id": f"{4000 + number}",
            "given_name": f"Sigrunliv {number}",
            "family_name": f"Ødegårdsrud {number}",
            "work_email": f"sigrunliv{number}@fjordheim.example",
            "phone": f"+474100{number:04d}",
            "address": Address(f"Storgata {number}", "0150", "Oslo", "NO"),
            "bank_account": _bank_account(number),
            "first_workday": date(2020, 1, number),
            "last_workday": None,
            "birth_date": BORN,
            "national_id": _national_id(number),
        }

    def add(self, values: Values) -> str:
        # Of Visma alone: nothing of ours may touch it.
        own = {"notes": {"of": [1, {"payroll": "Husk"}]}, "externalIds": [{"key": "time-clock", "value": "T1"}]}
        blank = {"isDraft": False, "phones": [PRIVATE], "emails": [], "salaryPaymentMethod": {"paymentType": "cash"}}
        added = self.sandbox.add(
            VENDOR, "employees", {**blank, **own, **_properties(values, positions=[dict(POSITION)])}
        )
        return str(added["id"])

    def change(self, right_id: str, values: Values) -> None:
        held = self.document(right_id)
        self.sandbox.change(VENDOR, "employees", right_id, _properties(values, positions=held["positions"]))

    def identify(self, right_id: str, national_id: str) -> None:
        self.change(right_id, {"national_id": national_id})

    def read(self, right_id: str) -> dict[str, Any]:
        held = self.document(right_id)
        (name,) = [each for each in held["personNames"] if not each.get("activeEnd")]
        (position,) = held["positions"]
        national_ids = [each["id"] for each in held.get("personIds") or [] if each["typeOfId"] == "NationalID"]
        phone, email = _business(held, "phones", "number"), _business(held, "emails", "address")
        return {
            "employment_id": held["number"] or None,
            "given_name": name["firstName"],
            "family_name": name["lastName"],
            "work_email": email,
            "phone": f"+47{phone}" if phone else None,
            "address": _address(held.get("address") or {}),
            "bank_account": _account(held.get("salaryPaymentMethod") or {}),
            "first_workday": _date(position["activeStart"]),
            "last_workday": _date(position.get("activeEnd")),
            "birth_date": _date(held.get("dateOfBirth")),
            "national_id": next(iter(national_ids), None),
        }

    def document(self, right_id: str) -> Mapping[str, Any]:
        return self.sandbox.record(VENDOR, "employees", right_id)

    def remove(self, right_id: str) -> None:
        self.sandbox.remove(VENDOR, "employees", right_id)

    def ids(self) -> list[str]:
        return sorted(str(held["id"]) for held in self.sandbox.state(VENDOR, "employees"))

    def refuse_next(self, call: Call, *, message: str) -> None:
        """The write is accepted, and its job fails."""
        self.sandbox.settings(VENDOR, next_jobs=[{"ends": "fails", "message": message}])


def _properties(values: Values, *, positions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the values as a person at Visma writes them; names, and workdays, are given together."""
    written = {}
    for name, value in values.items():
        if name in WRITERS:
            theirs, write = WRITERS[name]
            written[theirs] = write(value)
    if "given_name" in values:
        written["personNames"] = [{"firstName": values["given_name"], "lastName": values["family_name"]}]
    if "first_workday" in values:
        dates = {"activeStart": values["first_workday"].isoformat(), "activeEnd": _text(values["last_workday"])}
        written["positions"] = [{**positions[0], **dates}]
    return written


# Visma's property, and how somebody there writes our value into it.
WRITERS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "employment_id": ("number", str),
    "phone": ("phones", lambda value: [PRIVATE, {"type": "Business", "number": int(value.removeprefix("+47"))}]),
    "work_email": ("emails", lambda value: [{"type": "Business", "address": value}]),
    "address": ("address", lambda value: dict(zip(ADDRESS_PARTS, value, strict=True))),
    "bank_account": (
        "salaryPaymentMethod",
        lambda value: {"paymentType": "bank", "localBankAccount": value.account_number},
    ),
    "birth_date": ("dateOfBirth", date.isoformat),
    "national_id": ("personIds", lambda value: [{"typeOfId": "NationalID", "id": value}]),
}


def _text(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _business(held: Mapping[str, Any], name: str, part: str) -> Any:
    found = [each[part] for each in held.get(name) or [] if each["type"] == "Business"]
    return found[0] if found else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _address(parts: Mapping[str, Any]) -> Address | None:
    street, zip_code, city, country = (str(parts.get(name) or "") for name in ADDRESS_PARTS)
    return Address(street, zip_code, city, country) if street or zip_code or city else None


def _account(payment: Mapping[str, Any]) -> BankAccount | None:
    number = payment.get("localBankAccount") if payment.get("paymentType") == "bank" else ""
    return BankAccount("NO", "", number) if number else None
