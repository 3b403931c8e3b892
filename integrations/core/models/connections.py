"""Connections, and the leases by which one process at a time works on them."""

import json
from typing import Any

from django.conf import settings as project_settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models import Company
from integrations.core.encryption import EncryptedTextField
from integrations.core.models.foreign_texts import ForeignTextField
from integrations.core.registry import account_text


class Lease(models.Model):
    """Exclusivity by name until a time; claimed and renewed by conditional UPDATE in ``core.leases``."""

    name = models.CharField(max_length=200, unique=True)
    holder = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


def validate_recipients(value: Any) -> None:
    if not isinstance(value, list):
        raise ValidationError(_("Enter a list of e-mail addresses."))
    for address in value:
        validate_email(address)


class Connection(models.Model):
    """One authorised account at a vendor: credentials, settings, consent, state."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        AUTHORISED = "authorised", _("Connected, to be synchronised")
        REVIEWING = "reviewing", _("Synchronisation to be confirmed")
        ACTIVE = "active", _("Active")
        NEEDS_REAUTHORISATION = "needs_reauthorisation", _("Needs to be connected again")
        PAUSED = "paused", _("Paused")
        DISCONNECTED = "disconnected", _("Disconnected")

    # In these states an account or a company is taken: no second connection may hold it.
    CONNECTED = (State.AUTHORISED, State.REVIEWING, State.ACTIVE, State.NEEDS_REAUTHORISATION, State.PAUSED)
    # In these states the vendor may be called.
    WORKING = (State.AUTHORISED, State.REVIEWING, State.ACTIVE)
    # In these states the hub's changes wait until a synchronisation has been confirmed.
    TO_CONFIRM = (State.AUTHORISED, State.REVIEWING)

    integration = models.CharField(_("integration"), max_length=40)
    label = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=24, choices=State, default=State.DRAFT)
    account_id = models.CharField(_("vendor company's ID"), max_length=100, blank=True)
    account_name = models.CharField(_("vendor company"), max_length=200, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="connections", verbose_name=_("company")
    )
    peer = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # {"departments": [id, …], "employees": [id, …]}; an empty object is everybody (G-13).
    scope = models.JSONField(_("scope"), default=dict, blank=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    credentials = EncryptedTextField(blank=True, editable=False)
    authorised_until = models.DateTimeField(_("authorised until"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Stockholm")
    recipients = models.JSONField(
        _("recipients of reports"), default=list, blank=True, validators=[validate_recipients]
    )
    consent_by = models.ForeignKey(
        project_settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("terms accepted by"),
    )
    consent_at = models.DateTimeField(_("terms accepted at"), null=True, blank=True)
    # Epoch seconds of the next free call; advanced by `core.budget` alone.
    next_slot = models.FloatField(default=0, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Calls in a row that the vendor could not serve: the pauses between them grow.
    failures = models.PositiveIntegerField(default=0, editable=False)
    # Since when no call has been served; empty while the vendor answers.
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    # Of more people than this changed at once, nothing is sent before somebody says so (G-17).
    push_limit = models.PositiveIntegerField(_("changes of more people wait for a person"), default=50)
    # New people of the hub are created at the vendor without anybody ticking them (G-14).
    creates_by_itself = models.BooleanField(_("creates new people by itself"), default=False)
    # The date, in the connection's zone, of the last night's look for what changed without a save.
    looked_over_on = models.DateField(null=True, blank=True, editable=False)
    # The last run there was when somebody disconnected it: what was compared up to then does not hold any more.
    disconnected_after = models.BigIntegerField(default=0, editable=False)
    error = ForeignTextField(_("last error"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        # What somebody may do with it is given per integration, by permissions of `core.allowed`.
        default_permissions = ("view",)
        permissions = (("see_background", "Can see the background tasks"),)
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "account_id"],
                condition=models.Q(state__in=["authorised", "reviewing", "active", "needs_reauthorisation", "paused"])
                & ~models.Q(account_id=""),
                name="connection_account_connected_once",
            ),
            models.UniqueConstraint(
                fields=["integration", "company"],
                condition=models.Q(
                    state__in=["authorised", "reviewing", "active", "needs_reauthorisation", "paused"],
                    company__isnull=False,
                ),
                name="connection_company_connected_once",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def has_left_behind(self, run_id: int) -> bool:
        """Whether it was disconnected after the run: both sides may have changed, unseen, since then."""
        return run_id <= self.disconnected_after

    @property
    def with_company(self) -> str:
        """How it is called among connections of several companies, which often have one name."""
        name = self.company.name if self.company else ""
        return f"{self.label} ({name})" if name and name not in self.label else self.label

    @property
    def account_shown(self) -> str:
        """What the vendor calls its company, or by which ID it knows it; never the hub's name for its own."""
        return account_text(self.integration, self.account_id, self.account_name)

    @property
    def secrets(self) -> dict[str, Any]:
        """The decrypted credentials; raises ``InvalidToken`` when no key in ENCRYPTION_KEYS fits."""
        return dict(json.loads(self.credentials)) if self.credentials else {}
