"""National IDs that stand where the company keeps none any more, and who is found by a whole number (PR-02)."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet

from employees.access.companies import within
from employees.models import Company, Employee
from employees.privacy import ID_STORED, is_on
from employees.tracking import tracked_bulk
from employees.values.national_ids import clean_national_id


def left_standing(company: Company) -> QuerySet[Employee]:
    """Return whose number is kept still, though the company keeps none; nobody where it does."""
    people = Employee.objects.for_company(company)
    return people.none() if is_on(company, ID_STORED) else people.exclude(national_id="")


def empty_standing(company: Company) -> int:
    """Empty the numbers that are kept still; return how many. The history keeps that it was done, and by whom."""
    with transaction.atomic():
        people = left_standing(company)
        ids = list(people.select_for_update(of=("self",)).values_list("pk", flat=True))
        with tracked_bulk(ids):
            Employee.objects.filter(pk__in=ids).update(national_id="", national_id_country="", version=F("version") + 1)
    return len(ids)


def with_whole_number(text: str, *, user: Any, today: date) -> QuerySet[Employee]:
    """Return who has this number, as any country writes it, among those that the user sees; a part finds nobody."""
    people = within(Employee.objects.all(), user)
    countries = people.exclude(national_id="").order_by().values_list("national_id_country", flat=True).distinct()
    condition = Q(pk__in=())
    for country in countries:
        try:
            number = clean_national_id(text, country, today=today, synthetic=True)
        except ValidationError:
            continue
        if number:
            condition |= Q(national_id=number, national_id_country=country)
    return people.filter(condition).select_related("company", "department")
