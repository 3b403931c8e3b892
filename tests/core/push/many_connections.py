"""Several connections of Fortnox beside each other, each with a company and people of its own."""

from dataclasses import dataclass

from employees.models import Employee
from integrations.core.models import Connection
from tests.core.push.pushing import Pushed
from tests.factories import CompanyFactory


@dataclass(frozen=True)
class Beside(Pushed):
    """Person N of connection K is p<K>-N@demo.example, and the vendor's employee K0N."""

    number: int

    def person(self, number: int) -> Employee:
        right_id = self.vendor(self.key(number), EmployeeId=f"{self.number}0{number}")
        return self.hub(self.key(number), employment_id=right_id)

    def key(self, number: int) -> int:
        return self.number * 1_000 + number

    def phone_at_vendor(self, number: int) -> str:
        return str(self.at_vendor(f"{self.number}0{number}")["Phone1"])


def beside(first: Pushed, number: int) -> Beside:
    """Another company's connection with the authorisation of the first: its calls have a budget of their own."""
    company = CompanyFactory.create(name=f"Company {number}", country="SE", time_zone="Europe/Stockholm")
    connection = Connection.objects.create(
        integration="fortnox",
        label=f"Fortnox {number}",
        company=company,
        account_id=f"account {number}",
        state=Connection.State.AUTHORISED,
        credentials=first.connection.credentials,
        settings=first.connection.settings,
        time_zone="Europe/Stockholm",
    )
    return Beside(connection=connection, sandbox=first.sandbox, company=company, number=number)


def calls_of(*others: Beside) -> str:
    """Return a pattern of the addresses of what is called for the people of some connections alone."""
    return f"/3/employees/({'|'.join(str(each.number) for each in others)})0\\d+"
