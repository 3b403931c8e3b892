"""Deleting: its page says what goes to other systems, and what is deleted is what it showed (G-17, G-21)."""

import uuid
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from employees.admin.held import tell_held
from employees.admin.versions import bearer_of, version_of
from employees.models import Employee
from employees.outgoing import forecast, is_held
from employees.shown import Happened, NotAsShown, fingerprint, happened_since, posted_fingerprint, posted_time
from employees.tracking import Operation, Reach, operating
from employees.users import user_name


class DeletionAdmin(ModelAdmin):
    """Records are deleted one by one, so that every deletion is told about; several are one operation."""

    delete_confirmation_template: Any = "employees/delete.html"
    delete_selected_confirmation_template: Any = "employees/delete_selected.html"

    def reach_of_deletion(self, records: Sequence[Any]) -> Reach | None:
        """Return what deleting these changes for other systems; None: nothing."""
        return None

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if "delete_selected" in actions:
            _django, name, description = actions["delete_selected"]
            actions["delete_selected"] = (_delete_chosen, name, description)
        return actions

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        try:
            page: HttpResponseBase = super().delete_view(request, object_id, extra_context)
        except NotAsShown as stale:
            messages.error(request, str(stale))
            return redirect(request.get_full_path())
        return page

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        return super().render_delete_form(request, {**context, **self.shown_of(request, [context["object"]])})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._delete(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        self._delete(request, queryset)

    def shown_of(self, request: HttpRequest, records: Iterable[Any]) -> dict[str, Any]:
        """Return what `employees/delete_form.html` shows beside what Django's page does."""
        chosen = sorted(records, key=lambda record: record.pk)
        reach = self.reach_of_deletion(chosen)
        outgoing = forecast(reach=reach, naming=True) if reach is not None else []
        deleted, *_counts = self.get_deleted_objects(chosen, request)
        versions = [(record.pk, version_of(record)) for record in chosen]
        shown = fingerprint(self.opts.label_lower, versions, deleted, [each.shown for each in outgoing])
        return {"outgoing": outgoing, "made_from": shown}

    def _delete(self, request: HttpRequest, chosen: Iterable[Any]) -> None:
        """Delete the records as they were shown, in the caller's transaction; raises NotAsShown."""
        people = {person for record in chosen if (person := _person_of(record)) is not None}
        records = self._locked(chosen)
        if self.shown_of(request, records)["made_from"] != posted_fingerprint(request):
            since = posted_time(request)
            raise NotAsShown(happened_since(since, people=people) if people else _logged(records, since))
        key = f"delete:{uuid.uuid4().hex}"
        with self._operating(request, records, key=key):
            for record in records:
                record.delete()
        tell_held(request, key=key)

    def _locked(self, chosen: Iterable[Any]) -> list[Any]:
        # Of a part the person is locked, as whoever changes one does: every change of it raises the person's version.
        bearers = [bearer_of(record) for record in chosen]
        if bearers:
            rows = type(bearers[0])._base_manager.filter(pk__in=[each.pk for each in bearers]).order_by("pk")
            list(rows.select_for_update().values_list("pk"))
        return list(self.model._base_manager.filter(pk__in=[record.pk for record in chosen]).order_by("pk"))

    def _operating(self, request: HttpRequest, records: Sequence[Any], *, key: str) -> AbstractContextManager[None]:
        """What the page told happens: one record is somebody's own edit, unless it was said to wait (G-17)."""
        reach = self.reach_of_deletion(records)
        if reach is None or (len(records) < 2 and not is_held(reach=reach)):
            return nullcontext()
        text = _("%(count)d %(kind)s deleted") % {
            "count": len(records),
            "kind": self.opts.verbose_name if len(records) == 1 else self.opts.verbose_name_plural,
        }
        return operating(Operation(key=key, label=text, user_id=request.user.pk, reach=lambda: reach))


def _delete_chosen(admin: DeletionAdmin, request: HttpRequest, queryset: Any) -> Any:
    """As Django's action, in one transaction; an old page is shown again as it would be now."""
    try:
        with transaction.atomic():
            answer = delete_selected(admin, request, queryset)
    except NotAsShown as stale:
        messages.error(request, str(stale))
        # Without it Django's action asks once more.
        posted: Any = request.POST.copy()
        del posted["post"]
        request.POST = posted
        answer = delete_selected(admin, request, queryset.all())
    if answer is not None:
        answer.context_data = {**(answer.context_data or {}), **admin.shown_of(request, queryset.all())}
    return answer


def _logged(records: Iterable[Any], since: datetime | None) -> list[Happened]:
    """Return what the admin's own log has of records that are nobody's, newest first."""
    if since is None:
        return []
    keys = [(ContentType.objects.get_for_model(record), str(record.pk)) for record in records]
    entries = [
        entry
        for content_type, key in keys
        for entry in LogEntry.objects.filter(
            content_type=content_type, object_id=key, action_time__gte=since
        ).select_related("user")
    ]
    entries.sort(key=lambda entry: entry.action_time, reverse=True)
    return [
        Happened(user_name(entry.user), f"{entry.object_repr}: {entry.get_change_message()}", entry.action_time)
        for entry in entries
    ]


def _person_of(record: Any) -> int | None:
    return record.pk if isinstance(record, Employee) else getattr(record, "employee_id", None)
