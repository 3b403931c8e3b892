"""What the core's pages have in common: looked at, searched and filtered, in a bounded number of queries."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from employees.admin.searching import CanonicalSearchAdmin, KnownChangeList
from integrations.core.allowed import permitted
from integrations.core.health import background_service
from integrations.core.models import Connection


class PreparedChangeList(KnownChangeList):
    """Lets the model admin fetch at once what the rows of the page refer to."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: list[Any] = list(self.result_list)
        self.model_admin.prepare(request, self.result_list)


class CorePage(CanonicalSearchAdmin):
    """Adds, changes and deletes nothing; every page says when the background service is not running (G-15)."""

    change_form_template = "core/admin/record.html"
    change_list_template = "core/admin/list.html"
    object_history_template = "core/admin/history.html"
    list_per_page = 50
    show_full_result_count = False
    actions = None
    # Lookups besides those of the filters that other pages link to.
    linked_lookups: ClassVar[Sequence[str]] = ()
    # Leads to the connection of a record, "" where it is one; None where a record belongs to no connection.
    to_connection: ClassVar[str | None] = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        records: QuerySet[Any] = super().get_queryset(request)
        return (
            records if self.to_connection is None else permitted(records, request.user, connection=self.to_connection)
        )

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        """Fetch what the given records show of other tables, in a number of queries that does not depend on theirs."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the page itself links to: values that are masked could be guessed by other lookups."""
        return lookup in self.linked_lookups or lookup in set(_lookups_of(self.get_list_filter(request)))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PreparedChangeList]:
        return PreparedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.prepare(request, [found])
        return found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        page: HttpResponseBase = super().changelist_view(request, {**service_context(), **(extra_context or {})})
        return page

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        # Nobody changes these records by hand, so Django's own history of them would be empty.
        context = {"show_history": self.has_change_permission(request), **service_context(), **(extra_context or {})}
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, context)
        return page

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        page: HttpResponseBase = super().history_view(
            request, object_id, {**service_context(), **(extra_context or {})}
        )
        return page


class ConnectionFilter(RelatedFieldListFilter):
    """Offers the connections with their companies."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        connections = permitted(Connection.objects.select_related("company"), request.user)
        return [(each.pk, each.with_company) for each in connections.defer("credentials").order_by("label", "pk")]


def service_context() -> dict[str, Any]:
    """Return what ``core/admin/background_service.html`` shows."""
    return {"background_service": background_service()}


def _lookups_of(list_filter: Iterable[Any]) -> Iterable[str]:
    for each in list_filter:
        if isinstance(each, type) and issubclass(each, SimpleListFilter):
            if each.parameter_name:
                yield each.parameter_name
            continue
        name = each if isinstance(each, str) else each[0]
        yield from (f"{name}__exact", f"{name}__id__exact", f"{name}__isnull")
