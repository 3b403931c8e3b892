"""Imports from a file: the job, which a background worker previews and carries out, and its rows."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models.company import Company


class ImportJob(models.Model):
    """One uploaded file. Its state changes by conditional UPDATE from the state it was in."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be read")
        PREVIEWING = "previewing", _("Being read")
        READY = "ready", _("Waiting for you")
        CONFIRMED = "confirmed", _("Confirmed")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    PREVIEW_WAITS = (State.QUEUED, State.PREVIEWING)
    IMPORT_WAITS = (State.CONFIRMED, State.IMPORTING)
    AT_WORK = (*PREVIEW_WAITS, *IMPORT_WAITS)
    CANCELLABLE = (*PREVIEW_WAITS, State.READY)

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", verbose_name=_("company"))
    # What the file holds: `employees.transfer.kinds`.
    kind = models.CharField(max_length=20, default="people")
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.QUEUED)
    file_name = models.CharField(_("file"), max_length=200)
    # In the database, because the worker may run on another machine; dropped once it has been read.
    content = models.BinaryField(blank=True, default=b"")
    create_departments = models.BooleanField(_("create departments that do not exist yet"), default=False)
    # The columns of the file that its uploader might use.
    sensitive_allowed = models.BooleanField(default=False)
    has_sensitive = models.BooleanField(default=False)
    skip_bad = models.BooleanField(_("leave the bad rows out"), default=False)
    take_questions = models.BooleanField(_("import the rows with a question as they stand"), default=False)
    # {"rows": n, "read": n} while it is read; {"rows", "new", "changed", "unchanged", "bad", "asked", "noted",
    # "departments": [names], "hidden_rows": n, "hidden_columns": headers} when ready. What was imported is counted from
    # the rows.
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    # Starts of a task without progress in between: a file that kills its worker every time is given up.
    attempts = models.PositiveIntegerField(default=0)
    holder = models.CharField(max_length=32, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        # Whoever may import a kind of record may see its imports: no right of its own.
        default_permissions = ()
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.file_name} ({self.company})"


class ImportRow(models.Model):
    """One row of the file that is bad, or that changes something. Rows that change nothing are only counted."""

    class State(models.TextChoices):
        BAD = "bad", _("Bad")
        WAITING = "waiting", _("To be imported")
        WRITTEN = "written", _("Imported")
        MOVED = "moved", _("Changed meanwhile")
        LEFT_OUT = "left_out", _("Left out")

    # Known before anything is written.
    NOT_WRITTEN = (State.BAD, State.LEFT_OUT)

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    state = models.CharField(_("state"), max_length=20, choices=State)
    label = models.CharField(_("record"), max_length=250, blank=True)
    # Empty for a new record, until it is written. No foreign key: there are several kinds, and history outlives them.
    record_id = models.BigIntegerField(null=True, blank=True)
    is_new = models.BooleanField(default=False)
    version = models.PositiveIntegerField(null=True, blank=True)
    # People are written after those of the file who are their managers: 0 first, then 1, …
    depth = models.PositiveIntegerField(default=0)
    # {column: canonical value} to write; dropped when the job ends.
    values = models.JSONField(default=dict, blank=True)
    # {column: [before, after]} as read by people; those of sensitive columns are dropped when the job ends.
    changes = models.JSONField(default=dict, blank=True)
    sensitive_changes = models.JSONField(default=dict, blank=True)
    # [[column or "", reason], …]
    errors = models.JSONField(default=list, blank=True)
    # What somebody should look at although it can be imported: [text or [column, text], …]
    notes = models.JSONField(default=list, blank=True)
    # What somebody has to say is right before the row is imported, in the same form.
    questions = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        default_permissions = ()
        ordering = ("number",)
        constraints = (models.UniqueConstraint(name="import_row_number_once", fields=("job", "number")),)
        indexes = (models.Index(fields=("job", "state", "depth", "number"), name="import_row_by_state"),)

    def __str__(self) -> str:
        return f"{self.number}: {self.label}"
