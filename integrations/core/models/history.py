"""What was changed, by whom, and whether the background service runs."""

from collections.abc import Iterator
from copy import copy
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.core.models.connections import Connection
from integrations.core.models.deliveries import Delivery
from integrations.core.models.runs import SyncRun

# Stands for a field's name where a person, or a part of one, is new: `after` then holds all its values by name.
EVERY_FIELD: Final = "*"


class AppendOnly(Exception):
    """A field change is history: it is never edited or deleted."""


class AppendOnlyQuerySet(models.QuerySet["FieldChange"]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise AppendOnly

    def of_fields(self, *fields: str) -> Iterator["FieldChange"]:
        """Yield the changes of these fields, such as ``bank_account.iban``, also where all of something was new."""
        named = Q(field__in=fields)
        for field in fields:
            part, dot, name = field.rpartition(".")
            named |= Q(field=f"{part}{dot}{EVERY_FIELD}", after__has_key=name)
        for change in self.filter(named):
            yield from (single for single in change.by_field() if single.field in fields)


class FieldChange(models.Model):
    """One value written to one side, or all values of something new (`EVERY_FIELD`); append-only (G-12).

    ``subject`` is the hub record (``"employee"``) with its id; ``connection`` is empty for a change of the hub.
    Whoever looks for a field asks ``of_fields``, or reads ``by_field``.
    """

    subject = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=100)
    field = models.CharField(_("field"), max_length=60)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written to")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(SyncRun, on_delete=models.PROTECT, null=True, blank=True, related_name="changes")
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, null=True, blank=True, related_name="changes")
    at = models.DateTimeField(_("when"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("field change")
        verbose_name_plural = _("field changes")
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "subject_id", "-id"], name="change_by_subject")]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} {self.field}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly

    @property
    def holds_every_field(self) -> bool:
        return self.field.rpartition(".")[2] == EVERY_FIELD

    def by_field(self) -> list["FieldChange"]:
        """Return the change itself, or a copy per value of what was new, by name: a database keeps no order of them."""
        if not self.holds_every_field:
            return [self]
        part, dot, _every = self.field.rpartition(".")
        values: dict[str, Any] = self.after or {}
        return [self._single(f"{part}{dot}{name}", value) for name, value in sorted(values.items())]

    def _single(self, field: str, after: Any) -> "FieldChange":
        single = copy(self)
        single.field, single.before, single.after = field, None, after
        return single


class Canary(models.Model):
    """A question to a queue's cluster, and when it was answered: proof that the cluster takes tasks."""

    queue = models.CharField(max_length=40, unique=True)
    asked_at = models.DateTimeField()
    # The asking that was answered last; the cluster is healthy while this keeps up with `asked_at`.
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.queue
