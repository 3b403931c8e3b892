"""Demo people as Fortnox holds them, written as differently as people write."""

from integrations.sandbox.fortnox.register import NO_HOURS, EmployeeRegister, Record
from integrations.sandbox.people import Person, people_at_vendor


def seed_register(register: EmployeeRegister, *, people: int, seed: int) -> int:
    """Replace the people by the seeded ones and return how many there are. Raises ValueError."""
    register.clear()
    count = 0
    for count, person in enumerate(people_at_vendor(people=people, seed=seed), start=1):  # noqa: B007
        register.put(employee(person))
    return count


def employee(person: Person) -> Record:
    """Every spelling here equals the hub's after normalising: spaces, phones, postal codes, countries."""
    index = person.index
    street, second_line = ("", person.street) if person.street_in_second_line else (person.street, "")
    return {
        "EmployeeId": str(1000 + index),
        "PersonalIdentityNumber": person.national_id,
        # A few were typed with a space too many, which shows as two in the full name.
        "FirstName": f"{person.given_name} " if index % 100 == 41 else person.given_name,
        "LastName": person.family_name,
        "Address1": street,
        "Address2": second_line,
        "PostCode": f"{person.postal_code[:3]} {person.postal_code[3:]}" if index % 3 == 0 else person.postal_code,
        "City": person.city,
        "Country": ("Sverige", "Sweden", "SE")[index % 3],
        "Phone1": _national(person.phone) if index % 2 == 0 else person.phone,
        "Email": person.email,
        "EmploymentDate": person.first_workday.isoformat(),
        "EmployedTo": person.last_workday.isoformat() if person.last_workday else "",
        "Inactive": person.last_workday is not None,
        "EmploymentForm": "TV",
        "SalaryForm": "MAN",
        "PersonelType": "TJM",
        "ScheduleId": _schedule(index),
        "MonthlySalary": str(28_000 + 100 * (index % 170)),
        "ClearingNo": person.clearing_number,
        "BankAccountNo": person.account_number,
    }


def _schedule(index: int) -> str:
    """Most work full time; some got no schedule with hours yet, some work half time."""
    if index % 25 == 9:
        return NO_HOURS
    return "DEL" if index % 25 == 14 else "HEL"


def _national(phone: str) -> str:
    """+46701740605 → 070-174 06 05."""
    digits = f"0{phone.removeprefix('+46')}"
    return f"{digits[:3]}-{digits[3:6]} {digits[6:8]} {digits[8:]}"
