"""Writes to vendors, their problems, and the mails about them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.core.models.connections import Connection
from integrations.core.models.foreign_texts import ForeignTextField, ForeignTextsField
from integrations.core.models.runs import SyncRow


class Delivery(models.Model):
    """One write to a vendor, written ahead: wanted, sent, its outcome."""

    class Action(models.TextChoices):
        CREATE = "create", _("Create")
        UPDATE = "update", _("Update")
        DELETE = "delete", _("Delete")

    class State(models.TextChoices):
        SENDING = "sending", _("Sending")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        RETRY = "retry", _("Waiting to be tried again")
        WAITING = "waiting", _("Waiting for the vendor's job")
        UNKNOWN = "unknown", _("Outcome not known yet")
        VOID = "void", _("Not done by the vendor")

    OPEN = (State.SENDING, State.RETRY, State.WAITING, State.UNKNOWN)
    # The vendor may have done it, or may do it yet.
    SENT = (State.SENDING, State.WAITING, State.UNKNOWN)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="deliveries")
    resource = models.CharField(max_length=40)
    left_id = models.CharField(max_length=100)
    step = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=8, choices=Action)
    row = models.ForeignKey(SyncRow, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries")
    # {field: value as JSON}
    wanted = models.JSONField(default=dict)
    # {field: what is sent, normalised, as JSON}: the left halves of the pairs when it is done.
    left_keys = models.JSONField(default=dict)
    # {field: what the vendor held before, as JSON}; of a run's write it stands in the row's fields.
    before = models.JSONField(default=dict)
    # {field: [left, right, state]}: the pair once it is done, where only parts of the hub's value are sent.
    pairs = models.JSONField(default=dict)
    # The names of the fields of which the vendor loses what it had changed since both were known (G-25).
    newer = models.JSONField(default=list)
    # The version of the mark that is sent: of the push's deliveries only.
    mark_version = models.PositiveIntegerField(null=True, blank=True)
    natural_key = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.SENDING)
    attempts = models.PositiveIntegerField(default=1)
    not_before = models.DateTimeField(null=True, blank=True)
    settle_until = models.DateTimeField(null=True, blank=True)
    # Where the vendor says how the write goes on, and how often it was asked.
    job_address = models.TextField(blank=True)
    polls = models.PositiveSmallIntegerField(default=0)
    # When the vendor said that the job has succeeded: from then on the record is read, until it shows it.
    job_ended_at = models.DateTimeField(null=True, blank=True)
    # What is still to be done about it at the vendor, as the integration knew when sending.
    note = ForeignTextField(blank=True)
    # What the vendor said of a write that it did: texts.
    warnings = ForeignTextsField(default=list, blank=True)
    right_id = models.CharField(max_length=100, blank=True)
    error_class = models.CharField(max_length=60, blank=True)
    message = ForeignTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "resource", "left_id", "step"],
                condition=Q(state__in=["sending", "retry", "waiting", "unknown"]),
                name="delivery_open_once",
            )
        ]
        indexes = [models.Index(fields=["connection", "state", "not_before"], name="delivery_work_order")]

    def __str__(self) -> str:
        return f"{self.action} {self.resource} {self.left_id}"


class Problem(models.Model):
    """A refused or given-up delivery in the error log, with what to do about it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RETRIED = "retried", _("Being tried again")
        SOLVED = "solved", _("Solved")
        DISMISSED = "dismissed", _("Dismissed")

    class Became(models.TextChoices):
        """What became of what was sent, or was to be: a mail says this and nothing else of it (G-09)."""

        NOT_SENT = "not_sent", _("Not sent")
        KEPT_BACK = "kept_back", _("A value was kept back")
        IN_PART = "in_part", _("Sent in part")
        NOT_KEPT = "not_kept", _("Sent, but not kept as sent")
        REMARK = "remark", _("Sent, with something to look at")
        REMAINS = "remains", _("Something remains there")
        UNKNOWN = "unknown", _("Not known yet")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="problems")
    resource = models.CharField(max_length=40)
    left_id = models.CharField(max_length=100, blank=True)
    right_id = models.CharField(max_length=100, blank=True)
    label = models.CharField(_("person"), max_length=300)
    action = models.CharField(_("what was tried"), max_length=20)
    cause = models.CharField(max_length=100)
    # Empty where the cause alone says it: ask `problems.became_of`.
    became = models.CharField(max_length=10, choices=Became, blank=True)
    message = ForeignTextField(_("the vendor's message"), blank=True)
    # What trying again sends, as `Mark.wanted`: ``{"fields": [names], "over": {field: value}, "create": {settings}}``.
    wanted = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    dismissed_reason = ForeignTextField(blank=True)
    # Who dismissed it or had it tried again last, and when; of a solved one, when it was solved.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))
    count = models.PositiveIntegerField(_("times"), default=1)
    notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        default_permissions = ("view",)
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "resource", "left_id", "right_id", "cause"],
                condition=Q(state__in=["open", "retried"]),
                name="problem_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Notification(models.Model):
    """A mail that is due or was sent; the key keeps it from being sent twice, and its first word is the kind of mail.

    ``connection`` is the one that it is about, ``data`` what the mail tells beyond what its key names.
    """

    key = models.CharField(max_length=200, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    data = models.JSONField(default=dict)
    recipients = models.JSONField(default=list)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = ForeignTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
