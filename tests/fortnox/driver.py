"""Fortnox as the shared contract drives it, written from Fortnox's own words."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

from employees.demo_people import CLEARING_NUMBER, derive_person
from integrations.core import connecting
from integrations.core.kinds import Address, BankAccount
from integrations.core.models import Connection
from tests.core.approving import approve
from tests.integrations.driver import Call, Driver, Edited, Obstacle, Values
from tests.sandbox.fortnox_caller import CALLBACK, CLIENT, FIRST_COMPANY, SECOND_COMPANY

TEXTS: Final = {"work_email": "Email", "given_name": "FirstName", "family_name": "LastName"}
DATES: Final = {"first_workday": "EmploymentDate", "last_workday": "EmployedTo"}
COUNTRIES: Final = {"Sverige": "SE", "Norge": "NO"}


def _licence(name: str, *, says: str) -> Obstacle:
    return Obstacle(
        says=(says, "orders it in Fortnox"),
        begin=lambda driver: driver.change_company(**{name: False}),
        end=lambda driver: driver.change_company(**{name: True}),
    )


def _bank_account(number: int) -> BankAccount:
    return BankAccount("SE", CLEARING_NUMBER, derive_person(index=number, seed=0).account_number)


class FortnoxDriver(Driver):
    integration = "fortnox"
    company: ClassVar = {"country": "SE", "time_zone": "Europe/Stockholm"}
    account = FIRST_COMPANY
    other_account = SECOND_COMPANY
    obstacles: ClassVar = {
        "refused by the person": Obstacle(says=("refused at Fortnox", "Connect again"), how={"decision": "refuse"}),
        "no integration licence": _licence("integration_licence", says="integration licence"),
        "no payroll licence": _licence("payroll_licence", says="payroll licence (Lön)"),
        "locked for an unpaid invoice": Obstacle(
            says=("may be locked", "connect again"),
            begin=lambda driver: driver.change_company(locked=True),
            end=lambda driver: driver.change_company(locked=False),
        ),
    }
    token_path = "/oauth-v1/token"
    api_path = "/fortnox/3/"
    create_call = Call("POST", "/3/employees$")
    update_call = Call("PUT", "/3/employees/")
    edited = Edited(
        name="phone", values=("+46701740605", "+46701740606", "+46701740607"), stored_in=("Phone1",), texts=("Phone1",)
    )
    also_edited = Edited(
        name="address",
        values=(
            Address("Björkvägen 1", "90326", "Umeå", "SE"),
            Address("Granvägen 2", "97231", "Luleå", "SE"),
            Address("Karl Johans gate 3", "0154", "Oslo", "NO"),
        ),
        stored_in=("Address1", "PostCode", "City", "Country"),
        texts=("City",),
    )
    required = "work_email"
    sensitive = Edited(
        name="bank_account",
        values=(_bank_account(501), _bank_account(502), _bank_account(503)),
        stored_in=("ClearingNo", "BankAccountNo"),
    )
    national_id = "5501019805"
    app_secrets = (CLIENT[1],)

    def connect(self, connection: Connection, *, account: str = "", **how: str) -> Connection:
        started = connecting.start_authorisation(
            connection_id=connection.pk, service_account=False, redirect_uri=CALLBACK
        )
        return connecting.finish_authorisation(
            connection_id=connection.pk,
            callback=approve(started.url, tenant=account or self.account, **how),
            started=started,
            redirect_uri=CALLBACK,
            by=connection.consent_by,
        )

    def withdraw(self) -> None:
        self.sandbox.tokens("fortnox", action="withdraw_consent")

    def change_company(self, **values: Any) -> None:
        self.sandbox.change("fortnox", "companies", self.account, values)

    def values(self, number: int) -> dict[str, Any]:
        return {
            "given_name": f"Alvaliv {number}",
            "family_name": f"Bergmarksson {number}",
            "work_email": f"alvaliv{number}@nordhamn.example",
            "phone": f"+4670174{number:04d}",
            "address": Address(f"Hamngatan {number}", "17230", "Sundbyberg", "SE"),
            "bank_account": _bank_account(number),
            "first_workday": date(2020, 1, number),
            "last_workday": None,
        }

    def add(self, values: Values) -> str:
        agreement = {"EmploymentForm": "TV", "SalaryForm": "MAN", "PersonelType": "TJM"}
        # Of Fortnox alone: nothing of ours may touch it.
        own = {"MonthlySalary": "31000", "JobTitle": "Hamnvakt", "Phone2": "08-123 45 67"}
        added = self.sandbox.add("fortnox", "employees", {**agreement, **own, **_properties(values)})
        return str(added["EmployeeId"])

    def change(self, right_id: str, values: Values) -> None:
        self.sandbox.change("fortnox", "employees", right_id, _properties(values))

    def identify(self, right_id: str, national_id: str) -> None:
        self.sandbox.change("fortnox", "employees", right_id, {"PersonalIdentityNumber": f"19{national_id}"})

    def read(self, right_id: str) -> dict[str, Any]:
        held = self.document(right_id)
        return {
            "employment_id": held["EmployeeId"],
            **{name: held[theirs] or None for name, theirs in TEXTS.items()},
            **{name: date.fromisoformat(held[theirs]) if held[theirs] else None for name, theirs in DATES.items()},
            "phone": _phone(held["Phone1"]),
            "address": _address(held),
            "bank_account": _account(held),
        }

    def document(self, right_id: str) -> Mapping[str, Any]:
        return self.sandbox.record("fortnox", "employees", right_id)

    def remove(self, right_id: str) -> None:
        self.sandbox.remove("fortnox", "employees", right_id)

    def ids(self) -> list[str]:
        return sorted(str(held["EmployeeId"]) for held in self.sandbox.state("fortnox", "employees"))

    def refuse_next(self, call: Call, *, message: str) -> None:
        body = {"ErrorInformation": {"Error": 1, "Message": message, "Code": 2000106}}
        self._fault(call, action="refuse", status=400, body=body)


def _properties(values: Values) -> dict[str, Any]:
    """Return the values as a person at Fortnox writes them."""
    written: dict[str, Any] = {}
    for name, value in values.items():
        if name in TEXTS:
            written[TEXTS[name]] = value or ""
        elif name in DATES:
            written[DATES[name]] = value.isoformat() if value else ""
        elif name == "phone":
            written["Phone1"] = f"0{value[3:5]}-{value[5:]}" if value else ""
        elif name == "address":
            country = {code: theirs for theirs, code in COUNTRIES.items()}[value.country]
            postal_code = f"{value.postal_code[:3]} {value.postal_code[3:]}"
            written |= {"Address1": value.street, "PostCode": postal_code, "City": value.city, "Country": country}
        elif name == "bank_account":
            written |= {"ClearingNo": value.clearing_number, "BankAccountNo": value.account_number}
        else:
            raise KeyError(name)
    return written


def _phone(text: str) -> str | None:
    digits = "".join(character for character in text if character in "+0123456789")
    return (f"+46{digits[1:]}" if digits.startswith("0") else digits) or None


def _address(held: Mapping[str, Any]) -> Address | None:
    postal_code = held["PostCode"].replace(" ", "")
    if not (held["Address1"] or postal_code or held["City"]):
        return None
    return Address(held["Address1"], postal_code, held["City"], COUNTRIES.get(held["Country"], held["Country"]))


def _account(held: Mapping[str, Any]) -> BankAccount | None:
    if not held["BankAccountNo"]:
        return None
    return BankAccount("SE", held["ClearingNo"], held["BankAccountNo"])
