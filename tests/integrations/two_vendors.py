"""One company with Fortnox and Visma.net Payroll, and people whom both have."""

from employees.models import Employee
from tests.core.push.pushing import Pushed
from tests.visma_payroll.sync.sides import VismaSides

Two = tuple[Pushed, VismaSides]


def add_to_both(two: Two, number: int) -> tuple[Employee, str, str]:
    """Add somebody to the hub and both vendors, with equal values; returns the person and both IDs."""
    fortnox, visma = two
    at_visma = visma.vendor(number)
    employee = visma.hub(number)
    at_fortnox = fortnox.vendor(
        number,
        EmployeeId=str(number),
        Phone1=f"+474000{number:04d}",
        Address1=f"Storgata {number}",
        PostCode="0150",
        City="Oslo",
        Country="Norge",
    )
    return employee, at_fortnox, at_visma


def person_at_both(two: Two) -> tuple[Employee, str, str]:
    """Add somebody to both, and synchronise both for the first time."""
    person = add_to_both(two, 1)
    activate(two)
    return person


def activate(two: Two) -> None:
    for each in two:
        each.activate()
