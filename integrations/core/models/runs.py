"""Runs: compare, review, apply, with their rows and fields."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.core.models.connections import Connection
from integrations.core.models.foreign_texts import ForeignTextField
from integrations.core.models.links import Link


class SyncRun(models.Model):
    """One synchronisation of a connection; at most one at work per connection."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        COMPARING = "comparing", _("Comparing")
        REVIEW = "review", _("Waiting for decisions")
        APPROVED = "approved", _("Approved")
        APPLYING = "applying", _("Synchronising")
        DONE = "done", _("Done")
        DONE_WITH_PROBLEMS = "done_with_problems", _("Done, with problems")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")
        SUPERSEDED = "superseded", _("Replaced by a newer comparison")

    AT_WORK = (State.QUEUED, State.COMPARING, State.APPROVED, State.APPLYING)
    COMPARE_WAITS = (State.QUEUED, State.COMPARING)
    APPLY_WAITS = (State.APPROVED, State.APPLYING)
    # What was confirmed and has ended so counts as synchronised: a cancelled one has written what it had begun.
    COMPLETED = (State.DONE, State.DONE_WITH_PROBLEMS, State.CANCELLED)
    ENDED = (State.DONE, State.DONE_WITH_PROBLEMS, State.CANCELLED, State.FAILED, State.SUPERSEDED)

    class Trigger(models.TextChoices):
        PERSON = "person", _("A person")
        OPERATOR = "operator", _("The operator's command")
        SCHEDULE = "schedule", _("The schedule")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    resource = models.CharField(max_length=40)
    trigger = models.CharField(_("started by"), max_length=16, choices=Trigger)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.QUEUED)
    # {"left": n, "right": n, "equal": n, "left_out": {reason: n}}; the rows' states are counted from the rows.
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    # Starts of a task without progress in between: a task that kills its worker every time is given up.
    attempts = models.PositiveIntegerField(default=0)
    # The class of the error that ended such a start last; empty where it was a kill.
    failure = models.CharField(max_length=100, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    error = ForeignTextField(_("error"), blank=True)
    report_error = ForeignTextField(_("report not mailed"), blank=True)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Empty of a run that was confirmed before this was kept: nobody knows by whom (G-22).
    approved_through = models.CharField(max_length=16, choices=Trigger, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("synchronisation")
        verbose_name_plural = _("synchronisations")
        default_permissions = ("view",)
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(state__in=["queued", "comparing", "approved", "applying"]),
                name="run_at_work_once_per_connection",
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection} #{self.pk}"


class SyncRow(models.Model):
    """One record that a person decides on."""

    class Kind(models.TextChoices):
        DIFFERS = "differs", _("Differs")
        ONLY_LEFT = "only_left", _("Only in the hub")
        ONLY_RIGHT = "only_right", _("Only at the vendor")
        AMBIGUOUS = "ambiguous", _("Ambiguous match")
        DUPLICATE = "duplicate", _("Duplicate")
        GONE = "gone", _("Gone")
        CANNOT_SEND = "cannot_send", _("Cannot be created")
        UNREADABLE = "unreadable", _("Cannot be read at the vendor")
        NOT_LISTED = "not_listed", _("Missing from the vendor's list")

    class Decision(models.TextChoices):
        OPEN = "open", _("Undecided")
        FIELDS = "fields", _("As decided per field")
        CREATE = "create", _("Create")
        SKIP = "skip", _("Leave out")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        WORKING = "working", _("At work")
        WRITTEN = "written", _("Written")
        MOVED = "moved", _("Changed meanwhile")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Outcome not known yet")
        SKIPPED = "skipped", _("Left as it is")
        HELD = "held", _("Held")

    ENDED = (State.WRITTEN, State.MOVED, State.REFUSED, State.SKIPPED, State.HELD)
    TO_DO = (State.APPROVED, State.WORKING, State.UNKNOWN)

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    left_id = models.CharField(max_length=100, blank=True)
    right_id = models.CharField(max_length=100, blank=True)
    link = models.ForeignKey(Link, on_delete=models.SET_NULL, null=True, blank=True, related_name="rows")
    label = models.CharField(_("person"), max_length=300)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, default=Decision.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    reason = ForeignTextField(_("reason"), blank=True)
    # Why a person must answer first whether this is somebody on the other side (G-05).
    hold_reason = ForeignTextField(_("held because"), blank=True)
    options = models.JSONField(default=dict, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        default_permissions = ("view",)
        ordering = ["id"]
        indexes = [
            models.Index(fields=["run", "state", "id"], name="row_by_state"),
            models.Index(fields=["run", "kind", "id"], name="row_by_kind"),
        ]

    def __str__(self) -> str:
        return self.label

    # The other company that the person belongs to by now, where `label_rows` found one.
    moved_to: str = ""

    @property
    def shown(self) -> str:
        """What pages and mails call it, once `hub.labels.label_rows` has found what tells namesakes apart."""
        return str(self.__dict__.get("_shown", self.label))

    @shown.setter
    def shown(self, label: str) -> None:
        self.__dict__["_shown"] = label


class SyncField(models.Model):
    """One differing field of a row; values are the records' own, as JSON (null is empty)."""

    class Decision(models.TextChoices):
        OPEN = "open", _("Undecided")
        LEFT = "left", _("Take the hub's value")
        RIGHT = "right", _("Take the vendor's value")
        LEAVE = "leave", _("Leave both")

    class Change(models.TextChoices):
        LEFT = "left", _("Changed in the hub")
        RIGHT = "right", _("Changed at the vendor")
        BOTH = "both", _("Changed on both sides")
        FIRST = "first", _("Differs, and not decided yet")

    row = models.ForeignKey(SyncRow, on_delete=models.CASCADE, related_name="fields")
    field = models.CharField(_("field"), max_length=40)
    base_left = models.JSONField(null=True)
    base_right = models.JSONField(null=True)
    left = models.JSONField(null=True)
    right = models.JSONField(null=True)
    change = models.CharField(max_length=8, choices=Change, default=Change.FIRST)
    suggestion = models.CharField(max_length=8, choices=Decision, default=Decision.OPEN)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, default=Decision.OPEN)
    # Empty where nobody has touched the decision: it was chosen beforehand, by the rule.
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # The decision that stood there before the last one.
    decided_before = models.CharField(max_length=8, choices=Decision, blank=True)
    # Why the left value cannot go right, and the right value cannot go left.
    reason_right = ForeignTextField(blank=True)
    reason_left = ForeignTextField(blank=True)

    class Meta:
        verbose_name = _("field of a row")
        verbose_name_plural = _("fields of rows")
        default_permissions = ()
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["row", "field"], name="field_once_per_row")]

    def __str__(self) -> str:
        return self.field


class ReviewVisit(models.Model):
    """When somebody was last seen on a page of a review, to the minute."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="visits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="visit_once_per_review")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.user_id}"
