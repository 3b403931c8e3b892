"""What was sent to vendors, and how it ended."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.foreign_text import joined
from employees.zones import moment_text
from integrations.core.admin import badges
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import linked_person, name_people, of_resource_people, person_text
from integrations.core.admin.pages import ConnectionFilter, CorePage
from integrations.core.admin.shown_problems import problem_of_write
from integrations.core.allowed import may_see_absences
from integrations.core.hub.own_values import own_values
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(CorePage):
    change_form_template = "core/admin/delivery.html"
    list_display = ("person", "connection", "action", "state_badge", "attempts", "sent", "vendor_message")
    to_connection = "connection"
    list_select_related = ("connection__company",)
    list_filter = (("connection", ConnectionFilter), "state", "action")
    search_fields = ("=right_id",)
    search_help_text = _("Name, work e-mail, or the vendor's whole number")
    ordering = ("-pk",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("connection", "action"),
                    ("state", "attempts"),
                    ("right_number", "vendor_message"),
                    ("sent", "ended"),
                )
            },
        ),
    )
    readonly_fields = ("right_number", "vendor_message", "sent", "ended")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        found: QuerySet[Delivery] = super().get_queryset(request)
        return found if may_see_absences(request.user) else found.filter(resource=RESOURCE)

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        name_people(records, ids=[delivery.left_id for delivery in records])
        own = own_values(delivery.left_id for delivery in records)
        for delivery in records:
            # Also what the vendor says of a write that it did.
            said = joined([delivery.message, *delivery.warnings]).about(own.get(delivery.left_id, ()))
            delivery.shown_message = said.for_reader(request.user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        found, _duplicates = super().get_search_results(request, queryset, search_term)
        return found | of_resource_people(queryset, term=search_term) if search_term else found, False

    @display(description=_("person"))
    def person(self, delivery: Any) -> str:
        return person_text(delivery, delivery.left_id)

    @display(description=_("number at the vendor"))
    def right_number(self, delivery: Delivery) -> str:
        return delivery.right_id

    @display(description=_("the vendor's message"))
    def vendor_message(self, delivery: Any) -> str:
        return str(delivery.shown_message)

    @display(description=_("sent"), ordering="sent_at")
    def sent(self, delivery: Delivery) -> str:
        return moment_text(delivery.sent_at, delivery)

    @display(description=_("ended"), ordering="ended_at")
    def ended(self, delivery: Delivery) -> str:
        return moment_text(delivery.ended_at, delivery)

    @display(description=_("state"), ordering="state", label=badges.list_label(Delivery.State, badges.DELIVERY))
    def state_badge(self, delivery: Delivery) -> tuple[str, str]:
        return badges.state_text(delivery)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        delivery = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context = delivery_context(request, delivery) if delivery else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})


def delivery_context(request: HttpRequest, delivery: Any) -> dict[str, Any]:
    shown = Shown(request, connection=delivery.connection, resource=delivery.resource)
    return {
        "title": person_text(delivery, delivery.left_id),
        "subtitle": None,
        "person": linked_person(request, delivery, delivery.left_id),
        "connection": delivery.connection,
        "refused": problem_of_write(request, delivery=delivery),
        "sent_values": [
            {"label": shown.label(field), "value": shown.value(field, value)}
            for field, value in delivery.wanted.items()
        ],
    }
