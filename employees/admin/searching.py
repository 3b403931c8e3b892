"""Lists that are searched and filtered: what is searched for is read as what is stored was (D-01).

What no page of ours asks for is answered with the list as it stands.
"""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from employees.parameters import is_answerable, term, wholes


class KnownChangeList(ChangeList):
    """Refuses filters that no database can answer, as Django does with those that name no field."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_filters_params(params)
        if not all(is_answerable(text) for texts in wanted.values() for text in texts):
            raise IncorrectLookupParameters
        return wanted


class CanonicalSearchAdmin(ModelAdmin):
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KnownChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, term(search_term))
        return found

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        # Django asks the database for whatever was posted as a tick.
        posted: Any = request.POST.copy()
        posted.setlist(ACTION_CHECKBOX_NAME, list(map(str, wholes(posted.getlist(ACTION_CHECKBOX_NAME)))))
        request.POST = posted
        answer: HttpResponseBase | None = super().response_action(request, queryset)
        return answer
