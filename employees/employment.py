from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models import Company
from employees.zones import today_of


class EmploymentState(models.TextChoices):
    CURRENT = "current", _("Employed")
    COMING = "coming", _("Starts later")
    ENDED = "ended", _("Ended")


def employment_state(*, first_workday: date | None, last_workday: date | None, on: date) -> EmploymentState:
    """Both workdays count; an unknown first workday lies in the past, an unknown last one in the future."""
    if last_workday is not None and last_workday < on:
        return EmploymentState.ENDED
    if first_workday is not None and first_workday > on:
        return EmploymentState.COMING
    return EmploymentState.CURRENT


def in_employment_state(state: EmploymentState, on: date) -> models.Q:
    """The same rule as a condition on employees."""
    ended = models.Q(last_workday__isnull=False, last_workday__lt=on)
    coming = ~ended & models.Q(first_workday__isnull=False, first_workday__gt=on)
    conditions = {
        EmploymentState.ENDED: ended,
        EmploymentState.COMING: coming,
        EmploymentState.CURRENT: ~ended & ~coming,
    }
    return conditions[state]


def now_in_employment_state(state: EmploymentState) -> models.Q:
    """The same of now, by the day that it is where each person's company is."""
    companies: dict[date, list[int]] = {}
    for company in Company.objects.only("pk", "time_zone"):
        companies.setdefault(today_of(company), []).append(company.pk)
    found = models.Q(pk__in=())
    for day, pks in companies.items():
        found |= models.Q(company__in=pks) & in_employment_state(state, day)
    return found
