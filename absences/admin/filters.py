from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str


class PeriodFilter(RangeDateFilter):
    """The absences that have a day in the period, wherever they begin and end. Registered with ``start``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("away between")

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        first, last = (self.used_parameters.get(f"{self.parameter_name}_{end}") for end in ("from", "to"))
        try:
            if first:
                queryset = queryset.filter(Q(end__isnull=True) | Q(end__gte=parse_date_str(first)))
            if last:
                queryset = queryset.filter(start__lte=parse_date_str(last))
        except (ValueError, ValidationError):
            # As its base does: what cannot be read filters nothing.
            return None
        return queryset
