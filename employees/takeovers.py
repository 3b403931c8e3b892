"""A work e-mail address that goes over to somebody else of the company: whoever has left keeps it no more (D-10).

Somebody was asked before; here it is done, in the transaction that gives it to the other. In the connected systems it
is emptied first as well: they know by themselves what was given away.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from employees.models import Employee
from employees.values.contacts import email_key

# Among the values of a file's row: who has left and has the work e-mail that it brings.
TAKES_FROM: Final = "takes_address_of"


def give_up_address(*, leavers: Collection[int], address: str, today: date) -> list[Employee]:
    """Empty the address on the records of those who have left and hold it; return them, saved.

    Whoever holds another one by now, or has come back, is left alone. Belongs into the caller's transaction, before the
    address is given to somebody else.
    """
    given_up = []
    people = Employee._base_manager.select_for_update().filter(pk__in=leavers, last_workday__lt=today)
    for leaver in people.order_by("pk"):
        if leaver.work_email and email_key(leaver.work_email) == email_key(address):
            leaver.work_email = ""
            leaver.save()
            given_up.append(leaver)
    return given_up
