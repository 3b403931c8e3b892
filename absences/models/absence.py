from collections import defaultdict
from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from absences.doubts import period_text, told_in_full
from absences.kinds import kind_of
from absences.models.types import AbsenceType
from absences.teams import team_of
from absences.tracking import ABSENCES
from employees.bulk_tracking import BulkTracking
from employees.labels import label_of
from employees.models import Employee
from employees.models.cleaning import CanonicalModel
from employees.models.versions import VersionedModel
from employees.tracking import TrackedQuerySet
from employees.values.records import LONGEST_NOTE, Cleaners, absence_cleaners
from employees.zones import today_of

DUPLICATE: Any = _("The person has this very absence already: same type, period and grade.")


class Status(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")


# Those of these statuses may stand; the others are kept as history.
STANDING = (Status.REQUESTED, Status.APPROVED)


class AbsenceQuerySet(TrackedQuerySet["Absence"]):
    tracking: ClassVar[BulkTracking] = ABSENCES

    def of_team_of(self, user: Any) -> Self:
        """Return the absences of the people whose manager the user is."""
        return self.filter(team_of(user, prefix="employee__"))

    def standing(self) -> Self:
        return self.filter(status__in=STANDING)

    def by_person(self) -> dict[int, list["Absence"]]:
        """Return the absences by their people, in the order of their first days; whoever has none has an empty list."""
        found: dict[int, list[Absence]] = defaultdict(list)
        for absence in self.order_by("start", "pk"):
            found[absence.employee_id].append(absence)
        return found


class Absence(CanonicalModel, VersionedModel):
    """A person's time away: whole days from ``start`` to ``end``, both counted; an empty end is not known yet.

    ``grade`` is the percentage of each day: 50 is half days.
    """

    Status = Status

    # History and payroll need it: a person who has absences is not deleted by the way.
    employee = models.ForeignKey(
        Employee, on_delete=models.PROTECT, related_name="absences", verbose_name=_("employee")
    )
    type = models.ForeignKey(AbsenceType, on_delete=models.PROTECT, related_name="absences", verbose_name=_("type"))
    start = models.DateField(_("first day"))
    end = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("The last day away. Leave it empty while it is not known.")
    )
    grade = models.PositiveSmallIntegerField(
        _("grade, %"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How much of each day: 100 is the whole day, 50 half of it."),
    )
    note = models.TextField(
        _("note"), blank=True, max_length=LONGEST_NOTE, help_text=_("Stays in the hub: it is never sent.")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.REQUESTED)
    # Empty with a time: approved by rule, because the type needs no approval.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("registered by"),
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("-start", "-pk")
        permissions = (
            ("decide_absence", "Can approve and decline absences"),
            ("see_everybody", "Can see the absences of everybody, not only of the own team"),
        )
        indexes = (
            models.Index(fields=("employee", "start"), name="absence_by_person"),
            models.Index(fields=("status", "start"), name="absence_by_status"),
            models.Index(fields=("-start", "-id"), name="absence_by_start"),
        )
        constraints = (
            models.CheckConstraint(
                name="absence_end_not_before_start",
                condition=Q(end__isnull=True) | Q(end__gte=F("start")),
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                name="absence_grade_is_a_percentage",
                condition=Q(grade__gte=1, grade__lte=100),
                violation_error_message=_("A grade is a whole number from 1 to 100."),
            ),
            models.CheckConstraint(
                name="absence_status_is_known",
                condition=Q(status__in=Status.values),
                violation_error_message=_("This status is not known."),
            ),
            models.CheckConstraint(
                name="absence_decided_unless_requested",
                condition=Q(status=Status.REQUESTED, decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(status=Status.REQUESTED) & Q(decided_at__isnull=False)),
                violation_error_message=_("Only a requested absence has not been decided on."),
            ),
            models.UniqueConstraint(
                name="absence_standing_once",
                fields=("employee", "type", "start", "end", "grade"),
                condition=Q(status__in=STANDING, end__isnull=False),
                violation_error_message=DUPLICATE,
            ),
            models.UniqueConstraint(
                name="absence_standing_open_once",
                fields=("employee", "type", "start", "grade"),
                condition=Q(status__in=STANDING, end__isnull=True),
                violation_error_message=DUPLICATE,
            ),
        )

    def __str__(self) -> str:
        """The person, the kind as the reader may know it, and the period."""
        return told_in_full(
            label_of(self.employee, company=True), self.kind, grade=self.grade, start=self.start, end=self.end
        )

    @property
    def kind(self) -> str:
        """What kind of absence it is, in the words for the reader."""
        return kind_of(self)

    @property
    def period(self) -> str:
        """The first and the last day in the reader's way of writing."""
        return period_text(self.start, self.end)

    @property
    def label(self) -> str:
        """The person and the period: what the absence is stands in no mail."""
        return f"{self.employee.full_name}, {self.period}"

    @property
    def days(self) -> int | None:
        """Calendar days, both ends counted; None while the end is open."""
        return (self.end - self.start).days + 1 if self.end else None

    def cleaners(self) -> Cleaners:
        return absence_cleaners(today=today_of(self))

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        start: date | None = self.start  # a form that could not read it leaves it empty
        if start is not None and self.end is not None and self.end < start:
            errors["end"] = _("The last day is before the first.")
        if self._state.adding and self.type_id and not self.type.active:
            errors["type"] = _("This type is no longer used. Choose another one.")
        if errors:
            raise ValidationError(errors)
