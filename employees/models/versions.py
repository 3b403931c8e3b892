from collections.abc import Iterable
from typing import Any

from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _


class VersionedModel(models.Model):
    """The version rises with every save: a form opened before cannot write old values back."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True

    def save(
        self,
        force_insert: bool | tuple[Any, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Save, and raise the version above the stored one; with ``update_fields``, those and the version."""
        fields = None if update_fields is None else frozenset(update_fields)
        database = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=database):
            if not self._state.adding and fields != frozenset():
                self._raise_version(database)
                fields = fields and fields | {"version", "updated_at"}
            super().save(force_insert=force_insert, force_update=force_update, using=using, update_fields=fields)

    def _raise_version(self, database: str) -> None:
        stored = type(self)._base_manager.using(database).select_for_update().filter(pk=self.pk)
        version = stored.values_list("version", flat=True).first()
        self.version = (version or 0) + 1
