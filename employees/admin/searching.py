"""Lists that are searched and filtered: what is searched for is read as what is stored was (D-01).

What no page of ours asks for is answered with the list as it stands.
"""

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from employees.access.companies import within
from employees.parameters import is_answerable, term, wholes


class KnownChangeList(ChangeList):
    """Refuses filters that no database can answer, as Django does with those that name no field."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_filters_params(params)
        if not all(is_answerable(text) for texts in wanted.values() for text in texts):
            raise IncorrectLookupParameters
        return wanted


class CompanyFilter(RelatedFieldListFilter):
    """Offers the companies, or what else belongs to one, that the reader may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        records = within(field.remote_field.model._default_manager.all(), request.user)
        return [(record.pk, str(record)) for record in records]


class CanonicalSearchAdmin(ModelAdmin):
    """Of records of companies the reader finds those that she may see, wherever a page looks them up."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        records: QuerySet[Any] = super().get_queryset(request)
        return within(records, request.user)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KnownChangeList

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        # Django looks for the record first, and leads whoever finds none away without a word about the right.
        if not self.has_view_permission(request):
            raise PermissionDenied
        page: HttpResponseBase = super().history_view(request, object_id, extra_context)
        return page

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
