"""Links: which person here is which person at the vendor, and what both sides were last known to hold."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.zones import moment_text
from integrations.core.admin import badges
from integrations.core.admin.declared import Shown, record_url
from integrations.core.admin.names import linked_person, moved_from, name_people, of_resource_people, person_text
from integrations.core.admin.pages import ConnectionFilter, CorePage
from integrations.core.allowed import may_see_absences
from integrations.core.compare import PairState
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Link
from integrations.core.read_anew import READ_FROM

PAIR_STATES = {
    PairState.SETTLED: _("Agreed"),
    PairState.LEFT_AS_IS: _("Left as it is"),
    PairState.OPEN: _("Not agreed yet"),
}


@admin.register(Link)
class LinkAdmin(CorePage):
    change_form_template = "core/admin/link.html"
    list_display = ("person", "connection", "right_number", "state_badge", "synced")
    to_connection = "connection"
    list_select_related = ("connection__company",)
    list_filter = (("connection", ConnectionFilter), "state")
    search_fields = ("=right_id",)
    search_help_text = _("Name, work e-mail, or the vendor's whole number")
    ordering = ("-pk",)
    fieldsets = ((None, {"fields": (("connection", "state"), ("right_number", "synced"))}),)
    readonly_fields = ("right_number", "synced")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        found: QuerySet[Link] = super().get_queryset(request)
        return found if may_see_absences(request.user) else found.filter(resource=RESOURCE)

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        name_people(records, ids=[link.left_id for link in records])

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Link], search_term: str
    ) -> tuple[QuerySet[Link], bool]:
        found, _duplicates = super().get_search_results(request, queryset, search_term)
        return found | of_resource_people(queryset, term=search_term) if search_term else found, False

    @display(description=_("person"))
    def person(self, link: Any) -> str:
        return person_text(link, link.left_id)

    @display(description=_("number at the vendor"), ordering="right_id")
    def right_number(self, link: Link) -> str:
        return link.right_id

    @display(description=_("last synchronised"), ordering="synced_at")
    def synced(self, link: Link) -> str:
        return moment_text(link.synced_at, link)

    @display(description=_("state"), ordering="state", label=badges.list_label(Link.State, badges.LINK))
    def state_badge(self, link: Link) -> tuple[str, str]:
        return badges.state_text(link)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        link = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context = link_context(request, link) if link else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})


def link_context(request: HttpRequest, link: Any) -> dict[str, Any]:
    shown = Shown(request, connection=link.connection, resource=link.resource)
    return {
        "title": person_text(link, link.left_id),
        "subtitle": None,
        "person": linked_person(request, link, link.left_id),
        "connection": link.connection,
        "moved": moved_from(request, link, link.left_id),
        "vendor_url": record_url(connection=link.connection, resource=link.resource, right_id=link.right_id),
        "pairs": [
            {
                "label": shown.label(name),
                "left": shown.value(name, left),
                "right": shown.value(name, right),
                "state": PAIR_STATES.get(state, state),
            }
            for name, (left, right, state, *_more) in link.pairs.items()
            if READ_FROM not in name
        ],
    }
