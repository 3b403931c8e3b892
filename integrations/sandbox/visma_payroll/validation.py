"""What a job finds wrong with a document. The messages are made up: Visma publishes none."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

Document = dict[str, Any]
LONGEST_NUMBER = 12
CONTACT_TYPES = frozenset({"business", "private"})
POSITION_LISTS = (
    "employmentForm",
    "typeOfWork",
    "workTimeAgreement",
    "partTimeFactors",
    "salaryInformation",
    "taxUnitIds",
)
# Of the types of position that must say why they end.
WITH_REASON = frozenset({"Ordinary", "Maritime"})
TYPES = WITH_REASON | {"Freelancer", "PensionRecipient"}
END_REASONS = frozenset(
    {
        "arbeidstakerHarSagtOppSelv",
        "arbeidsgiverHarSagtOppArbeidstaker",
        "kontraktEngasjementEllerVikariatErUtloept",
        "endringIOrganisasjonsstrukturEllerByttetJobbInternt",
        "byttetLoenssystemEllerRegnskapsfoerer",
        "arbeidsforholdetSkulleAldriVaertRapportert",
    }
)


@dataclass(frozen=True)
class Finding:
    message: str
    path: str = "$"
    value: str = ""
    code: str = "VALIDATION"
    severity: str = "Error"

    def as_json(self) -> dict[str, str]:
        return {
            "id": f"{self.code}-{self.path}",
            "message": self.message,
            "messageCode": self.code,
            "value": self.value,
            "jsonPath": self.path,
            "severity": self.severity,
        }


class InvalidError(Exception):
    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


def check_employee(document: Document, *, before: Document) -> list[Finding]:
    """Return what is wrong, warnings among it; a draft may lack what is mandatory."""
    checks: tuple[Callable[[Document], list[Finding]], ...] = (_names, _contacts, _address, _payment)
    found = [finding for check in checks for finding in check(document)]
    number = str(document.get("number") or "")
    if len(number) > LONGEST_NUMBER and number != before.get("number"):
        found.append(Finding(f"The number has more than {LONGEST_NUMBER} characters.", "$.number", number))
    if not number and before.get("number"):
        found.append(Finding("The number cannot be removed.", "$.number"))
    if not document.get("isDraft"):
        found += _mandatory(document, "personNames", "personIds", "dateOfBirth", "address", "salaryPaymentMethod")
    return found


def check_position(document: Document, *, draft: bool) -> list[Finding]:
    found: list[Finding] = []
    kind = document.get("typeOfPosition")
    start, end = _day(document, "activeStart"), _day(document, "activeEnd")
    reasons = document.get("positionEndReason") or []
    if kind is not None and kind not in TYPES:
        found.append(Finding("Unknown type of position.", "$.typeOfPosition", str(kind)))
    if not start:
        found.append(Finding("A position needs its first day.", "$.activeStart"))
    if start and end and end < start:
        found.append(Finding("The last day is before the first.", "$.activeEnd", end.isoformat()))
    if kind in WITH_REASON and bool(end) != bool(reasons):
        found.append(Finding("A last day and the reason for the end go together.", "$.positionEndReason"))
    if kind not in WITH_REASON and reasons:
        found.append(Finding("This type of position has no reason for its end.", "$.positionEndReason"))
    found += [
        Finding("Unknown reason for the end.", "$.positionEndReason", str(reason))
        for reason in reasons
        if reason not in END_REASONS
    ]
    return found if draft else found + _mandatory(document, "typeOfPosition", *POSITION_LISTS)


def _mandatory(document: Document, *names: str) -> list[Finding]:
    return [Finding(f"{name} is mandatory.", f"$.{name}") for name in names if not document.get(name)]


def _names(document: Document) -> list[Finding]:
    names = document.get("personNames") or []
    found = [
        Finding("A name has a first and a last name.", f"$.personNames[{place}]")
        for place, name in enumerate(names)
        if not name.get("firstName") or not name.get("lastName")
    ]
    spans = sorted((_day(name, "activeStart") or date.min, _day(name, "activeEnd") or date.max) for name in names)
    if any(end < start for start, end in spans) or any(
        later[0] <= earlier[1] for earlier, later in zip(spans, spans[1:], strict=False)
    ):
        found.append(Finding("The names' periods overlap.", "$.personNames"))
    return found


def _contacts(document: Document) -> list[Finding]:
    found = []
    for name, part in (("emails", "address"), ("phones", "number")):
        for place, contact in enumerate(document.get(name) or []):
            path = f"$.{name}[{place}]"
            if str(contact.get("type", "")).casefold() not in CONTACT_TYPES:
                found.append(Finding("Unknown type of contact.", f"{path}.type", str(contact.get("type"))))
            value = str(contact.get(part) or "")
            if not re.fullmatch(r"[^@\s]+@[^@\s]+" if part == "address" else r"\+?[1-9]\d{4,14}", value):
                found.append(Finding("Not a valid value.", f"{path}.{part}", value))
    return found


def _address(document: Document) -> list[Finding]:
    address = document.get("address") or {}
    if not address:
        return []
    if not re.fullmatch(r"[A-Z]{2}", str(address.get("countryCode") or "")):
        return [Finding("The country is mandatory.", "$.address.countryCode")]
    zip_code = str(address.get("zipCode") or "")
    if address["countryCode"] == "NO" and zip_code and not re.fullmatch(r"\d{4}", zip_code):
        return [Finding("Not a Norwegian postal code.", "$.address.zipCode", zip_code, severity="Warning")]
    return []


def _payment(document: Document) -> list[Finding]:
    payment = document.get("salaryPaymentMethod") or {}
    kind = payment.get("paymentType")
    if not payment or kind == "cash":
        return []
    if kind != "bank":
        return [Finding("Unknown type of payment.", "$.salaryPaymentMethod.paymentType", str(kind))]
    if payment.get("internationalBankAccount"):
        needed = ("internationalIban", "internationalBankSwift", "internationalBankCountry")
        missing = [name for name in needed if not payment.get(name)]
        return [Finding(f"{name} is mandatory.", f"$.salaryPaymentMethod.{name}") for name in missing]
    account = str(payment.get("localBankAccount") or "")
    if not re.fullmatch(r"\d{11}", account) or _check_digit(account[:10]) != int(account[10]):
        return [Finding("Not a Norwegian account number.", "$.salaryPaymentMethod.localBankAccount")]
    return []


def _check_digit(ten: str) -> int:
    return -sum(int(digit) * weight for digit, weight in zip(ten, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11


def _day(document: Document, name: str) -> date | None:
    return date.fromisoformat(document[name]) if document.get(name) else None
