"""The zone that a page counts and shows in, where it is about one company."""

from datetime import tzinfo
from typing import Any

from django.utils import timezone

from employees.models import Company
from employees.zones import company_of, zone_named, zone_of


def show_in_zone_of(about: Any) -> None:
    """Let the page that is about to be rendered count and show in the company's zone, until the request is over.

    Without a company it is the one of all companies, where they have one in common, or the installation's.
    """
    company = company_of(about)
    timezone.activate(zone_of(company) if company is not None else _common_zone())


def _common_zone() -> tzinfo:
    names = list(Company.objects.order_by().values_list("time_zone", flat=True).distinct()[:2])
    return zone_named(names[0] if len(names) == 1 else "")
