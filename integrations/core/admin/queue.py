"""The queue's pages, to be looked at by operators: nothing on them runs, repeats or changes a task.

What tasks are handed and what they return is pickled: reading that in the usual way would run code of whoever wrote it.
"""

import io
import pickle
from base64 import b64decode
from typing import Any, Final

from django.contrib import admin, messages
from django.db import models
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.decorators import display

from integrations.core.allowed import SEE_BACKGROUND
from integrations.core.work.schedule import never_run

WITHHELD: Final = _("not shown")


class TextsOnly(pickle.Unpickler):
    """Reads texts and numbers; whatever names a class or a function is refused, so nothing can be run."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError("Only texts and numbers are read.")


def read_text(stored: str | None) -> str | None:
    """Return the text in a column of the queue; None where something else, or nothing, stands there."""
    try:
        value = TextsOnly(io.BytesIO(b64decode(stored or ""))).load()
    except Exception:  # noqa: BLE001  # a stranger's bytes may raise anything
        return None
    return value if isinstance(value, str) else None


class OperatorsOnly:
    """Rights given by hand to somebody else open nothing here, and nobody has one to change something."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SEE_BACKGROUND)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(SEE_BACKGROUND)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperatorsTaskAdmin(OperatorsOnly, ModelAdmin):
    list_display = ("name", "func", "cluster", "started", "stopped")
    list_filter = ("cluster",)
    search_fields = ("name", "func")
    ordering = ("-stopped",)
    fields: Any = ("name", "func", "cluster", "started", "stopped", "attempt_count")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("args", "kwargs", "result")


class OperatorsFailAdmin(OperatorsTaskAdmin):
    fields = (*OperatorsTaskAdmin.fields, "error")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(stored_result=Cast("result", models.TextField()))

    @display(description=_("error"))
    def error(self, task: Any) -> Any:
        """Class and frames, as ``work.results`` keeps them."""
        return read_text(task.stored_result) or WITHHELD


class OperatorsQueueAdmin(OperatorsOnly, ModelAdmin):
    list_display = ("id", "key", "lock")
    list_filter = ("key",)
    fields = ("key", "lock")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("payload")


class OperatorsScheduleAdmin(OperatorsOnly, ModelAdmin):
    list_display = ("id", "name", "func", "schedule_type", "next_run")
    fields = ("name", "func", "schedule_type", "repeats", "next_run")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("args", "kwargs", "hook")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_view_permission(request) and (rows := never_run()):
            text = ngettext(
                "The queue's schedule is off: the row below is never run. Samklang's own recurring work needs none.",
                "The queue's schedule is off: the rows below are never run. Samklang's own recurring work needs none.",
                rows,
            )
            messages.warning(request, text)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer


QUEUE_ADMINS: Final[dict[type[models.Model], Any]] = {
    Schedule: OperatorsScheduleAdmin,
    Success: OperatorsTaskAdmin,
    Failure: OperatorsFailAdmin,
    OrmQ: OperatorsQueueAdmin,
}

for model, model_admin in QUEUE_ADMINS.items():
    # The queue's table has a page only where the queue is a table.
    if admin.site.is_registered(model):
        admin.site.unregister(model)
        admin.site.register(model, model_admin)
