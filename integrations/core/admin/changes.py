"""The field history of everybody: searched by person, filtered by where it was written."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.zones import moment_text
from integrations.core.admin.field_history import HistoryReader, readable_changes
from integrations.core.admin.names import of_people_named, person_link, person_text
from integrations.core.admin.pages import ConnectionFilter, CorePage
from integrations.core.hub.tracking import SUBJECT
from integrations.core.models import FieldChange


@admin.register(FieldChange)
class FieldChangeAdmin(CorePage):
    list_display = ("when", "person", "field_label", "before_text", "after_text", "where", "who")
    list_filter = (("connection", ConnectionFilter),)
    # Searching is by the person; a name is needed here for the theme to show the box at all.
    search_fields = ("=subject_id",)
    search_help_text = _("Name or work e-mail of the person")
    fieldsets = (
        (
            None,
            {"fields": (("when", "who"), ("person", "where"), "field_label", ("before_text", "after_text"))},
        ),
    )
    readonly_fields = ("when", "who", "person", "where", "field_label", "before_text", "after_text")
    linked_lookups: ClassVar = ("subject__exact", "subject_id__exact", "run__id__exact")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FieldChange]:
        return readable_changes(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[FieldChange], search_term: str
    ) -> tuple[QuerySet[FieldChange], bool]:
        if not search_term.strip():
            return queryset, False
        return of_people_named(queryset, path="subject_id", term=search_term, subject=SUBJECT), False

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        reader = HistoryReader(request, records)
        for change, lines in zip(records, reader.read_entries(), strict=True):
            change.lines = lines
            change.part = reader.part_label(change) if change.holds_every_field else ""
            change.person_name = reader.names.get(change.subject_id, "")
            change.person_link = person_link(
                request, left_id=change.subject_id, name=person_text(change, change.subject_id)
            )

    @display(description=_("when"), ordering="id")
    def when(self, change: FieldChange) -> str:
        return moment_text(change.at, change)

    @display(description=_("person"))
    def person(self, change: Any) -> str:
        link: str = change.person_link
        return link

    @display(description=_("field"))
    def field_label(self, change: Any) -> Any:
        return _("%(part)s, new") % {"part": change.part} if change.part else change.lines[0].field

    @display(description=_("before"))
    def before_text(self, change: Any) -> Any:
        return _("empty") if change.part else change.lines[0].before or _("empty")

    @display(description=_("after"))
    def after_text(self, change: Any) -> Any:
        if change.part:
            # In the order of the fields: the whole of it was one change.
            values = ((line.name, line.after) for line in reversed(change.lines))
            return format_html_join("", "<div>{}: {}</div>", values)
        return change.lines[0].after or _("empty")

    @display(description=_("written to"))
    def where(self, change: Any) -> Any:
        return change.lines[0].where

    @display(description=_("by"))
    def who(self, change: Any) -> Any:
        line = change.lines[0]
        who = format_html('<a href="{}">{}</a>', line.run_url, line.who) if line.run_url else line.who
        return format_html("{}{}", who, format_html_join("", "<div>{}: {}</div>", line.roles))
