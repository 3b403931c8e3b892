"""People who differ from their records at the vendor in one way each, named for the way."""

from typing import Final

from employees.models import Employee
from tests.core.runs.both_sides import BothSides, change
from tests.factories import BankAccountFactory

THEIRS: Final = "+46701750001"
OURS: Final = "+46701750002"
# A valid account, but in a country to which Fortnox pays nothing.
FOREIGN_ACCOUNT: Final = {"country": "NO", "clearing_number": "", "account_number": "86011117947"}


def first_comparison(both: BothSides) -> dict[str, Employee]:
    """One person per kind of difference that a first comparison can find, and one in step."""
    made = {
        "In step": both.pair(1),
        "First difference": both.pair(2, vendor={"Phone1": THEIRS}),
        "Missing value": both.pair(3, work_phone=""),
        "Employment number": both.pair(4, employment_id=""),
        "Cannot be sent": both.pair(5),
    }
    BankAccountFactory.create(employee=made["Cannot be sent"], **FOREIGN_ACCOUNT)
    return made


def move_hub(both: BothSides, employee: Employee) -> None:
    change(employee, work_phone=OURS)


def move_vendor(both: BothSides, employee: Employee) -> None:
    both.change_at_vendor(employee.employment_id, Phone1=THEIRS)
