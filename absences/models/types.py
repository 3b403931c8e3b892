from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models.cleaning import CanonicalModel
from employees.models.versions import VersionedModel
from employees.values.records import Cleaners, absence_type_cleaners


class Colour(models.TextChoices):
    GREY = "grey", _("Grey")
    BLUE = "blue", _("Blue")
    GREEN = "green", _("Green")
    ORANGE = "orange", _("Orange")
    RED = "red", _("Red")


class Category(models.TextChoices):
    """Of one who is ill, or with a child, no other leave takes the same days (FX-22)."""

    SICKNESS = "sickness", _("Sickness")
    PARENTAL = "parental", _("Parental leave")
    CARE = "care", _("Care of somebody")
    OTHER = "other", _("Other absence")


class AbsenceType(CanonicalModel, VersionedModel):
    """A reason to be away, such as vacation. Not deleted once absences have it: made inactive instead."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9_]+\Z", _("Only small letters a to z, digits and underscores."))],
        help_text=_("Small letters, digits and underscores. It stands for the type in imports and exports."),
    )
    counts_as_work_days = models.BooleanField(
        _("counts as work days"),
        default=True,
        help_text=_("The person is away from work. Only absences that do are sent to payroll systems."),
    )
    needs_approval = models.BooleanField(
        _("needs approval"),
        default=True,
        help_text=_("Somebody has to approve each absence. Without it, an absence is approved when it is registered."),
    )
    category = models.CharField(
        _("category"),
        max_length=10,
        choices=Category,
        default=Category.OTHER,
        help_text=_(
            "Sickness, parental leave and care go before other absences: where days coincide, the hub proposes to take"
            " them out of the other absence, such as a vacation."
        ),
    )
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, default=Colour.GREY)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Only active types can be chosen for new absences.")
    )

    class Meta:
        verbose_name = _("absence type")
        verbose_name_plural = _("absence types")
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(
                name="absence_type_colour_is_known",
                condition=models.Q(colour__in=Colour.values),
                violation_error_message=_("This colour is not known."),
            ),
            models.CheckConstraint(
                name="absence_type_category_is_known",
                condition=models.Q(category__in=Category.values),
                violation_error_message=_("This category is not known."),
            ),
            models.CheckConstraint(
                name="absence_type_has_a_code",
                condition=~models.Q(code="") & ~models.Q(name=""),
                violation_error_message=_("A type needs a name and a code."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def goes_first(self) -> bool:
        return self.category != Category.OTHER

    def cleaners(self) -> Cleaners:
        return absence_type_cleaners()
