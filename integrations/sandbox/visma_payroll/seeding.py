"""Demo people as Visma holds them: dated names, positions of several kinds, drafts, and much that nobody else knows."""

from datetime import date
from typing import Any

from integrations.sandbox.visma_payroll.people import Norwegian, family_name, people_at_visma
from integrations.sandbox.visma_payroll.register import Document
from integrations.sandbox.visma_payroll.tenants import Tenant

RESIGNED = "arbeidstakerHarSagtOppSelv"


def seed_register(tenant: Tenant, *, people: int, seed: int, now: float) -> int:
    """Replace the people by the seeded ones and return how many there are. Raises ValueError."""
    tenant.employees.clear()
    count = 0
    for count, person in enumerate(people_at_visma(people=people, seed=seed), start=1):  # noqa: B007
        document = {**employee(person, seed), "positions": positions(person, tenant)}
        tenant.employees.add_whole(document, now=now)
    return count


def employee(person: Norwegian, seed: int) -> Document:
    index = person.index
    draft = index % 50 == 9
    id_type = "DNumber" if index % 50 == 21 else "NationalID"
    identity = {"typeOfId": id_type, "id": person.national_id}
    return {
        "number": person.number,
        "isDraft": draft,
        "personNames": _names(person, seed),
        "personIds": [] if draft else [{**identity, "activeStart": None, "activeEnd": None}],
        "dateOfBirth": person.birth_date.isoformat(),
        "phones": [
            {"type": "Private", "number": 90_000_000 + index},
            {"type": "Business", "number": int(person.phone.removeprefix("+47"))},
        ],
        "emails": [{"type": "Business", "address": person.email}],
        "address": {
            "streetName": person.street,
            "zipCode": person.postal_code,
            "cityName": person.city,
            "countryCode": "NO",
        },
        "salaryPaymentMethod": _payment(person),
        "relatives": _relatives(index),
        "taxInformation": {"mainEmployer": True, "askForTaxInformation": index % 2 == 0},
        "sicknessInformation": {"chronicallyIllValues": []},
        "pensionCompanyIds": [{"value": "otp", "activeStart": None, "activeEnd": None}],
        "printPayslip": False,
        "notes": "",
        "externalIds": [{"key": "time-clock", "value": f"T{index}"}],
    }


def positions(person: Norwegian, tenant: Tenant) -> list[Document]:
    index = person.index
    if index % 50 == 39:
        return []
    kind = "Maritime" if index % 50 == 35 else "Ordinary"
    main = _position(tenant, person.first_workday, person.last_workday, kind=kind, salary=35_000 + 100 * (index % 170))
    if index % 50 == 35:
        main |= {"shipRegister": "nor", "tradeArea": "utenriks"}
    if index % 50 == 31:
        return [_position(tenant, date(2008, 1, 1), date(2009, 12, 31), salary=30_000), main]
    if index % 50 == 37:
        return [main, _position(tenant, date(2024, 1, 1), None, salary=10_000, part=20)]
    return [main]


def _names(person: Norwegian, seed: int) -> list[Document]:
    now = {"firstName": person.given_name, "lastName": person.family_name, "activeStart": None, "activeEnd": None}
    if person.index % 10 == 1:
        before = {**now, "lastName": family_name(person.index, seed, further=2), "activeEnd": "2021-12-31"}
        now["activeStart"] = "2022-01-01"
        return [before, now] if person.index % 50 != 41 else _with_a_future_name([before, now], person, seed)
    return [now]


def _with_a_future_name(names: list[Document], person: Norwegian, seed: int) -> list[Document]:
    later = {**names[-1], "lastName": family_name(person.index, seed, further=3), "activeStart": "2030-01-01"}
    names[-1]["activeEnd"] = "2029-12-31"
    return [*names, later]


def _payment(person: Norwegian) -> Document:
    if person.iban:
        return {
            "paymentType": "bank",
            "internationalBankAccount": True,
            "internationalBankSwift": "ESSESESS",
            "internationalIban": person.iban,
            "internationalBankCountry": "SE",
            "internationalRemittanceCountry": "SE",
        }
    if not person.account:
        return {"paymentType": "cash", "internationalBankAccount": False}
    return {"paymentType": "bank", "localBankAccount": person.account, "internationalBankAccount": False}


def _relatives(index: int) -> list[Document]:
    if index % 4:
        return []
    return [{"type": "Spouse", "firstName": "Kim", "lastName": "Dahl", "phone": 41_000_000, "mainContact": True}]


def _position(
    tenant: Tenant, start: date, end: date | None, *, salary: int, kind: str = "Ordinary", part: int = 100
) -> Document:
    def dated(value: Any) -> list[Document]:
        return [{"value": value, "activeStart": start.isoformat(), "activeEnd": None}]

    return {
        "activeStart": start.isoformat(),
        "activeEnd": end.isoformat() if end else None,
        "typeOfPosition": kind,
        "employmentForm": dated("fast"),
        "typeOfWork": dated("1233101"),
        "workTimeAgreement": dated(tenant.work_time_agreements[0]["id"]) if tenant.work_time_agreements else [],
        "partTimeFactors": dated(part),
        "salaryInformation": [
            {
                "salaryType": "Period",
                "contractSalaryType": "monthly",
                "monthlySalary": str(salary),
                "activeStart": start.isoformat(),
                "activeEnd": None,
            }
        ],
        "taxUnitIds": dated(tenant.tax_units[0]["id"]) if tenant.tax_units else [],
        "positionEndReason": [RESIGNED] if end else [],
        "accountingDimensions": [{"dimension": "DEPARTMENT", "dimensionValues": dated("100")}],
        "externalIds": [],
    }
