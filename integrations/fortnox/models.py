from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from absences.models import AbsenceType
from integrations.core.models import Connection, SyncRun
from integrations.core.models.foreign_texts import ForeignTextField


class FortnoxConnection(Connection):
    """A connection to Fortnox, for its own section of the admin."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("Fortnox connection")
        verbose_name_plural = _("Fortnox connections")


class AbsenceTypeMapping(models.Model):
    """A person's answer for a type: Fortnox's cause, or an empty one for *do not transfer*. No row: no answer yet."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="absence_type_mappings")
    absence_type = models.ForeignKey(AbsenceType, on_delete=models.CASCADE, related_name="fortnox_mappings")
    cause = models.CharField(_("cause"), max_length=10, blank=True)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("changed by"),
    )

    class Meta:
        verbose_name = _("mapping of an absence type")
        verbose_name_plural = _("mappings of absence types")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("connection", "absence_type"), name="fortnox_absence_type_mapped_once"),
        )

    def __str__(self) -> str:
        return f"{self.absence_type}: {self.cause or '–'}"


class SeenCause(models.Model):
    """A code that Fortnox returned and that we do not know: offered on the mapping page, too."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=10)
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("connection", "code"), name="fortnox_seen_cause_once"),
            models.CheckConstraint(condition=~Q(code=""), name="fortnox_seen_cause_has_a_code"),
        )

    def __str__(self) -> str:
        return self.code


class AbsenceSwitch(models.Model):
    """Since when a connection creates absences: what was approved before goes only when somebody says so (FX-18)."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="+")
    # Empty while the setting is off.
    on_since = models.DateTimeField(null=True)
    # The settings of absences that the transfers were last planned with.
    planned_with = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.on_since or '–'}"


class ExistingLook(models.Model):
    """A look at what sending the existing absences would do; the newest of a connection alone is kept (FX-18)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    AT_WORK = (State.WAITING, State.READING)

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="+")
    since = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # People whose rows are to be read at Fortnox, and of whom they have been.
    people = models.PositiveIntegerField(default=0)
    people_read = models.PositiveIntegerField(default=0)
    # Starts of a task without progress in between.
    attempts = models.PositiveIntegerField(default=0)
    error = ForeignTextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.since}"

    @property
    def is_read(self) -> bool:
        return self.state == self.State.READY


class ExistingAbsence(models.Model):
    """What would become of one absence; ``version`` is the absence's that was looked at."""

    class Outcome(models.TextChoices):
        UNREAD = "unread", _("not looked at yet")
        CREATE = "create", _("create")
        ADOPT = "adopt", _("take over the rows that stand there")
        LEFT_OUT = "left_out", _("left out")

    GOING = (Outcome.CREATE, Outcome.ADOPT)

    look = models.ForeignKey(ExistingLook, on_delete=models.CASCADE, related_name="+")
    # No foreign key: what is deleted meanwhile is still told about.
    absence_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    # Fortnox's, of the person; empty where nothing is to be read.
    employee_id = models.CharField(max_length=20, blank=True)
    days = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = ForeignTextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("look", "absence_id"), name="fortnox_existing_absence_once"),)
        indexes = (models.Index(fields=("look", "outcome", "employee_id"), name="fortnox_existing_by_outcome"),)

    def __str__(self) -> str:
        return f"{self.absence_id}: {self.outcome}"


class ScheduleLook(models.Model):
    """That a comparison looked at the schedules of Fortnox's people; whom it found is in `PersonSchedule`."""

    run = models.OneToOneField(SyncRun, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.run_id}: {self.at}"


class PersonSchedule(models.Model):
    """The schedule that a comparison's list named for somebody; in the end kept of those who have no hours by it."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="+")
    # Fortnox's, of the person.
    employee_id = models.CharField(max_length=20)
    label = models.CharField(max_length=300)
    # Empty: without any schedule.
    schedule_id = models.CharField(max_length=20, blank=True)
    # Whether it has hours could not be read.
    unread = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("run", "employee_id"), name="fortnox_schedule_once_per_run"),)

    def __str__(self) -> str:
        return f"{self.employee_id}: {self.schedule_id or '–'}"


class ScheduleDay(models.Model):
    """The hours that a person's schedule at Fortnox has on a day, as it was last read (FX-16)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    # Fortnox's, of the person.
    employee_id = models.CharField(max_length=20)
    day = models.DateField()
    schedule_id = models.CharField(max_length=20, blank=True)
    # Empty where they are not shown to us.
    hours = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    read_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("connection", "employee_id", "day"), name="fortnox_schedule_day_once"),
        )
        indexes = (models.Index(fields=("connection", "schedule_id", "day"), name="fortnox_day_by_schedule"),)

    def __str__(self) -> str:
        return f"{self.employee_id} {self.day}"
