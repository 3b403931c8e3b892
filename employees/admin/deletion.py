from typing import Any

from django.db import transaction
from django.http import HttpRequest


class SingleDeletionAdmin:
    """The action "delete selected" deletes one by one, so that every deletion is told about."""

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            for record in queryset:
                record.delete()
