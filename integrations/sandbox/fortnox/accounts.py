"""The companies and users that Fortnox knows, and what it is set to do."""

from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.fortnox.absences import AbsenceRegister
from integrations.sandbox.fortnox.register import EmployeeRegister
from integrations.sandbox.fortnox.schedules import Schedules
from integrations.sandbox.vendor import Collection, UnknownError

OWN_COLLECTIONS = frozenset({"employees", "absences", "schedules"})


@dataclass
class Company:
    tenant: int  # the DatabaseNumber
    name: str
    organisation_number: str
    address: str
    zip_code: str
    city: str
    integration_licence: bool = True
    payroll_licence: bool = True  # Fortnox Lön
    locked: bool = False  # an unpaid invoice
    default_agreement: bool = False  # people may be created without employment form and the like
    emptied_email: bool = False  # an e-mail that is there may be cleared
    payroll_closed_to: str = ""  # YYYY-MM-DD: absences on days up to it are refused
    employees: EmployeeRegister = field(default_factory=EmployeeRegister)
    absences: AbsenceRegister = field(default_factory=AbsenceRegister)
    schedules: Schedules = field(default_factory=Schedules)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in OWN_COLLECTIONS}

    def collection(self, name: str) -> Collection:
        """Raises UnknownError."""
        if name not in OWN_COLLECTIONS:
            names = ", ".join(("companies", *sorted(OWN_COLLECTIONS)))
            raise UnknownError(f"Fortnox has no collection {name}; there are {names}.")
        found: Collection = getattr(self, name)
        return found

    def information(self) -> dict[str, Any]:
        """Return the CompanyInformation of the API."""
        place = {"Address": self.address, "ZipCode": self.zip_code, "City": self.city, "CountryCode": "SE"}
        return {
            "CompanyName": self.name,
            "OrganizationNumber": self.organisation_number,
            "DatabaseNumber": self.tenant,
            **place,
            **{f"Visit{name}": value for name, value in place.items()},
        }


@dataclass(frozen=True)
class User:
    email: str
    password: str
    name: str
    system_administrator: bool


@dataclass
class Settings:
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    app_scopes: list[str] = field(
        default_factory=lambda: ["salary", "companyinformation", "costcenter", "project", "profile", "settings"]
    )
    access_token_seconds: float = 3600
    code_seconds: float = 600
    refresh_token_seconds: float = 45 * 24 * 3600
    no_right: list[str] = field(default_factory=list)  # fields that come back as API_NORIGHT
    employees_without_right: list[str] = field(default_factory=list)  # whatever is about them is refused
    capitalised_errors: bool = True  # as described; an older service writes the keys small
    # Of absences and schedule times: 8 or "8", both occur; None is as described, numbers in the one, text in the other.
    numbers_as_text: bool | None = None

    def change(self, values: dict[str, Any]) -> None:
        """Raises UnknownError, and then changes nothing."""
        check_names(self, values)
        for name, value in values.items():
            setattr(self, name, value)


def check_names(target: object, values: dict[str, Any]) -> None:
    if strange := sorted(set(values) - set(vars(target))):
        raise UnknownError(f"There is no {', '.join(strange)}; there are {', '.join(sorted(vars(target)))}.")


def demo_companies() -> dict[int, Company]:
    companies = (
        Company(1204711, "Nordhamn Handel AB", "556990-0011", "Hamngatan 1", "411 15", "Göteborg"),
        Company(1204712, "Sörhamn Service AB", "556990-0029", "Storgatan 2", "211 22", "Malmö"),
    )
    return {company.tenant: company for company in companies}


def demo_users() -> dict[str, User]:
    users = (
        User("admin@nordhamn.example", "sandbox", "Alva Admin", system_administrator=True),
        User("user@nordhamn.example", "sandbox", "Urban User", system_administrator=False),
    )
    return {user.email: user for user in users}


class CompanyCollection:
    """Companies as the control pages show and change them; none is added or removed."""

    def __init__(self, companies: dict[int, Company]) -> None:
        self._companies = companies

    def everything(self) -> list[dict[str, Any]]:
        return [company.as_json() for company in self._companies.values()]

    def one(self, record_id: str) -> dict[str, Any]:
        return self._company(record_id).as_json()

    def change(self, record_id: str, values: dict[str, Any]) -> dict[str, Any]:
        company = self._company(record_id)
        if {"tenant", *OWN_COLLECTIONS} & set(values):
            raise UnknownError("A company keeps its number, its people and what is theirs.")
        check_names(company, values)
        for name, value in values.items():
            setattr(company, name, value)
        return company.as_json()

    def add(self, record: dict[str, Any]) -> dict[str, Any]:
        raise UnknownError(f"No company is added: {record}")

    def remove(self, record_id: str) -> None:
        raise UnknownError(f"No company is removed: {record_id}")

    def _company(self, record_id: str) -> Company:
        if not record_id.isdecimal() or int(record_id) not in self._companies:
            raise UnknownError(f"There is no company {record_id}.")
        return self._companies[int(record_id)]
