"""What is searched for is read as what is stored was: a pasted name may come in another writing (D-01)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from employees.values.texts import canonical


class CanonicalSearchAdmin(ModelAdmin):
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, canonical(search_term))
        return found
