"""People at the vendor whose employment has ended: they fill the list's first page, come and go, and concern nobody."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from config.sandbox_control import SandboxClient

PASSERS_BY: Final = "@passers-by.example"
# As many as the hub lists on one page: everybody else stands on the second.
ON_FIRST_PAGE: Final = 500
# What the vendor shows of a record and nobody can type.
SHOWN: Final = ("FullName", "DatedSchedules")


def passer_by(number: int) -> dict[str, Any]:
    name = {"FirstName": "Vega", "LastName": f"Förbi{number}", "Email": f"{number}{PASSERS_BY}"}
    return {"EmployeeId": f"F{number}", **name, "Inactive": True, "EmployedTo": "2020-12-31"}


class PassersBy:
    """They are removed from the first page, one after the other; new ones come at the end."""

    def __init__(self) -> None:
        self._leaving = count(1)
        self._coming: Iterator[int] = count(ON_FIRST_PAGE + 1)

    def fill(self, sandbox: SandboxClient) -> None:
        """Put them before all others."""
        records = sandbox.state("fortnox", "employees")
        for record in records:
            sandbox.remove("fortnox", "employees", record["EmployeeId"])
        for number in range(1, ON_FIRST_PAGE + 1):
            sandbox.add("fortnox", "employees", passer_by(number))
        for record in records:
            typed = {name: value for name, value in record.items() if name not in SHOWN and name[0] != "@"}
            sandbox.add("fortnox", "employees", typed)

    def leave(self) -> list[str]:
        return [f"F{next(self._leaving)}"]

    def come(self) -> list[dict[str, Any]]:
        return [passer_by(next(self._coming))]


def is_passer_by(record: dict[str, Any]) -> bool:
    return str(record["Email"]).endswith(PASSERS_BY)
