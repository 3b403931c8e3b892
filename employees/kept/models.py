"""The one table of what was typed: sealed, of one user, for minutes."""

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.utils import timezone

KEPT_FOR: Final = timedelta(minutes=15)
MOST_OF_ONE_USER: Final = 5


class KeptForm(models.Model):
    """``sealed`` is encrypted by whoever writes it; ``path`` is where the form went, without names or values."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=500)
    sealed = models.TextField()
    kept_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.id)


def forget_old_ones() -> int:
    """Delete what nobody came back for in time; return how many."""
    deleted, _by_model = KeptForm.objects.filter(kept_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted


def forget_all_but_the_newest(*, user_id: int) -> None:
    newest = KeptForm.objects.filter(user_id=user_id).order_by("-kept_at").values_list("pk", flat=True)
    KeptForm.objects.filter(pk__in=list(newest[MOST_OF_ONE_USER:])).delete()
