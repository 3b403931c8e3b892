"""Django-Q2's own pages in the theme, for operators: they run and repeat tasks, so HR's rights never open them."""

from typing import Any, Final

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django_q.admin import FailAdmin, QueueAdmin, ScheduleAdmin, TaskAdmin
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin

from integrations.core.allowed import SEE_BACKGROUND


class OperatorsOnly:
    """Rights given by hand to somebody else open nothing here: tasks hold what no page checks."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SEE_BACKGROUND)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(SEE_BACKGROUND)

    def has_add_permission(self, request: HttpRequest) -> bool:
        allowed: bool = super().has_add_permission(request)  # type: ignore[misc]
        return bool(request.user.is_superuser) and allowed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


class OperatorsScheduleAdmin(OperatorsOnly, ScheduleAdmin, ModelAdmin):
    show_full_result_count = False


class OperatorsTaskAdmin(OperatorsOnly, TaskAdmin, ModelAdmin):
    show_full_result_count = False


class OperatorsFailAdmin(OperatorsOnly, FailAdmin, ModelAdmin):
    show_full_result_count = False


class OperatorsQueueAdmin(OperatorsOnly, QueueAdmin, ModelAdmin):
    show_full_result_count = False


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
