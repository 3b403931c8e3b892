from typing import Any
from zoneinfo import available_timezones

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from employees.models.cleaning import CanonicalModel, has_length
from employees.privacy import MANAGERS_NEVER_SEE_KINDS, Choice
from employees.values.alphabets import drawn_alike
from employees.values.records import Cleaners, company_cleaners, department_cleaners
from employees.values.texts import folded_key

NEVER_THERE: Any = _(
    "In this country managers may not see why somebody is away. Choose No, or what is usual in the country."
)


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("This time zone is not known. Use a name such as Europe/Stockholm."))


class Company(CanonicalModel):
    name = models.CharField(_("name"), max_length=200, unique=True)
    organisation_number = models.CharField(_("organisation number"), max_length=30, blank=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, such as SE."))
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Stockholm", validators=[validate_time_zone]
    )

    managers_see_kinds = models.CharField(
        _("managers see the kind of their team's absences"),
        max_length=3,
        blank=True,
        choices=Choice,
        help_text=_("Why somebody is away may tell of health. Without it managers see *away*, and no note."),
    )
    national_id_stored = models.CharField(
        _("national IDs are kept"),
        max_length=3,
        blank=True,
        choices=Choice,
        help_text=_("Without it no form and no import takes one. Those that are kept stay until you empty them."),
    )
    national_id_matched = models.CharField(
        _("national IDs are used to recognise people"),
        max_length=3,
        blank=True,
        choices=Choice,
        help_text=_("Without it nobody is found, or held, in another system by this number."),
    )
    national_id_sent = models.CharField(
        _("national IDs are sent"),
        max_length=3,
        blank=True,
        choices=Choice,
        help_text=_("Without it the number stays here. A system that takes nobody without it says so by name."),
    )

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="company_country_is_a_code",
                condition=has_length("country", 2) & ~models.Q(country=""),
                violation_error_message=_("A country is written as two capital letters."),
            ),
            models.CheckConstraint(
                name="company_kinds_not_for_managers_there",
                condition=~models.Q(country__in=sorted(MANAGERS_NEVER_SEE_KINDS), managers_see_kinds=Choice.YES),
                violation_error_message=NEVER_THERE,
            ),
        )

    def __str__(self) -> str:
        return self.name

    def cleaners(self) -> Cleaners:
        return company_cleaners()

    def clean(self) -> None:
        if self.country in MANAGERS_NEVER_SEE_KINDS and self.managers_see_kinds == Choice.YES:
            raise ValidationError({"managers_see_kinds": NEVER_THERE})
        if _is_anothers_name(self, Company._base_manager.all()):
            raise ValidationError({"name": _("There is a company of this name already, in other capitals or letters.")})


class Department(CanonicalModel):
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="departments", verbose_name=_("company")
    )
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                name="department_name_in_company",
                fields=("company", "name"),
                violation_error_message=_("The company has a department of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def cleaners(self) -> Cleaners:
        return department_cleaners()

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        if _is_anothers_name(self, Department._base_manager.filter(company=self.company_id), "company_id"):
            errors["name"] = _("The company has a department of this name already, in other capitals or letters.")
        if people := self._people_elsewhere():
            errors["company"] = ngettext(
                "%(count)d person of another company is in this department, or has a position in it. Move the person to"
                " another department first, or add a new department to this company.",
                "%(count)d people of another company are in this department, or have a position in it. Move them to"
                " another department first, or add a new department to this company.",
                people,
            ) % {"count": people}
        if errors:
            raise ValidationError(errors)

    def _people_elsewhere(self) -> int:
        """Count whom the department would leave behind, given to another company: each is refused on save then.

        One that is stored so stays editable.
        """
        if self._state.adding or Department._base_manager.filter(pk=self.pk, company=self.company_id).exists():
            return 0
        people = apps.get_model("employees", "Employee")._base_manager.exclude(company=self.company_id)
        there = people.filter(models.Q(department=self.pk) | models.Q(positions__department=self.pk))
        return there.distinct().count()


def _is_anothers_name(record: Company | Department, others: models.QuerySet[Any], *within: str) -> bool:
    """Whether a new name differs from another one in capitals alone, or in an alphabet that is drawn alike.

    Two that are stored so stay editable.

    The very same name is the constraint's matter.
    """
    names = dict(others.values_list("pk", "name"))
    stored = type(record)._base_manager.filter(pk=record.pk).values("name", *within).first()
    if stored == {name: getattr(record, name) for name in ("name", *within)}:
        return False
    key = _as_seen(record.name)
    return any(pk != record.pk and name != record.name and _as_seen(name) == key for pk, name in names.items())


def _as_seen(name: str) -> str:
    return folded_key(drawn_alike(name))
