"""People of one company who may be one person, or whose values are somebody else's: what is said about them."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from employees.duplicates import same_value
from employees.models import Employee
from employees.privacy import ID_MATCHED, is_on
from employees.values.doubts import Doubt
from employees.values.likely_ids import loose_key
from employees.values.texts import identifier_key

# So many are named.
NAMED: Final = 10


def named(person: Employee) -> str:
    return str(person)


def with_national_id(employee: Employee) -> list[Employee]:
    """Return who has the same; nobody where the company does not recognise people by it."""
    if not is_on(employee.company, ID_MATCHED):
        return []
    same = Employee.objects.filter(national_id=employee.national_id, national_id_country=employee.national_id_country)
    return _others(employee, same.exclude(national_id=""))


def with_like_employment_id(employee: Employee) -> list[Employee]:
    """Return whose employment ID is another writing of this one, most likely.

    No database knows all that `loose_key` leaves out: the company's IDs are read, which takes one query.
    """
    text = employee.employment_id
    if not text:
        return []
    key, loose = identifier_key(text), loose_key(text)
    people = Employee.objects.filter(company_id=employee.company_id).exclude(employment_id="").order_by("pk")
    stored = people.values_list("pk", "employment_id").iterator(chunk_size=5_000)
    alike = [pk for pk, other in stored if loose_key(other) == loose and identifier_key(other) != key]
    return _others(employee, Employee.objects.filter(pk__in=alike[: NAMED + 1]))


def leavers_with_work_email(employee: Employee, *, today: date) -> list[Employee]:
    """Return who has left and has the address."""
    if not employee.work_email:
        return []
    return _others(employee, same_value("work_email", employee.work_email).filter(last_workday__lt=today))


def _others(employee: Employee, people: QuerySet[Employee]) -> list[Employee]:
    return list(people.filter(company_id=employee.company_id).exclude(pk=employee.pk)[:NAMED])


def national_id_doubt(others: Iterable[str]) -> Doubt:
    """Told: ``others`` are named people, or rows."""
    text = _("The same national ID is also given for %(others)s. Correct the wrong one, or one person is there twice.")
    return Doubt("national_id", "shared_national_id", text % {"others": ", ".join(others)})


def employment_id_doubt(others: Iterable[str]) -> Doubt:
    """Asked."""
    text = _(
        "This employment ID differs from that of %(others)s only in capitals, in letters of another alphabet that look "
        "the same, or in zeros, spaces and signs that a spreadsheet adds or takes away. Most likely it is the same "
        "person: nobody should be there twice."
    )
    return Doubt("employment_id", "like_id", text % {"others": ", ".join(others)}, asked=True)


def work_email_doubt(leavers: Iterable[Employee]) -> Doubt:
    """Asked (D-10): what a yes does is done by `takeovers`."""
    text = _(
        "This address belonged to %(others)s. If it goes over, it is emptied on the record of who has left, and in the "
        "connected systems first. If this is the same person who came back, change the record that is there instead."
    )
    others = ", ".join(_who_left(each) for each in leavers)
    return Doubt("work_email", "of_leaver", text % {"others": others}, asked=True)


def _who_left(person: Employee) -> str:
    day = date_format(person.last_workday, "SHORT_DATE_FORMAT") if person.last_workday else ""
    return _("%(name)s, who left on %(day)s") % {"name": named(person), "day": day}
