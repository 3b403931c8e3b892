from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from employees.access.reading import reader, somebody
from employees.models.cleaning import CanonicalModel, has_length
from employees.models.company import Company, Department
from employees.models.versions import VersionedModel
from employees.privacy import ID_STORED, is_on
from employees.tracking import TrackedQuerySet
from employees.values.records import Cleaners, person_cleaners
from employees.zones import today_of


class EmployeeQuerySet(TrackedQuerySet["Employee"]):
    def for_company(self, company: Company) -> Self:
        return self.filter(company=company)


class Employee(CanonicalModel, VersionedModel):
    """A person employed by a company.

    The version rises with every save of a part as well.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="employees", verbose_name=_("company"))
    # Deleting must not change other people behind their back: hence PROTECT, not SET_NULL.
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="employees",
        null=True,
        blank=True,
        verbose_name=_("department"),
    )
    employment_id = models.CharField(_("employment ID"), max_length=50, blank=True)
    given_name = models.CharField(_("given name"), max_length=100)
    family_name = models.CharField(_("family name"), max_length=100)
    work_email = models.EmailField(_("work e-mail"), blank=True)
    private_email = models.EmailField(_("private e-mail"), blank=True)
    work_phone = models.CharField(_("work phone"), max_length=30, blank=True)
    private_phone = models.CharField(_("private phone"), max_length=30, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    national_id = models.CharField(_("national ID"), max_length=30, blank=True)
    national_id_country = models.CharField(
        _("country of the national ID"), max_length=2, blank=True, help_text=_("Two letters, such as SE.")
    )
    street = models.CharField(_("street"), max_length=200, blank=True)
    street2 = models.CharField(_("street, second line"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters, such as SE."))
    first_workday = models.DateField(_("first workday"), null=True, blank=True)
    last_workday = models.DateField(_("last workday"), null=True, blank=True)
    manager = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="reports", null=True, blank=True, verbose_name=_("manager")
    )
    protected_identity = models.BooleanField(
        _("protected identity"),
        default=False,
        help_text=_("Address and phones are never sent to another system and never stand in an e-mail."),
    )

    objects = EmployeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering = ("family_name", "given_name", "pk")
        permissions = (
            ("view_sensitive", "Can see national IDs and bank accounts in full"),
            ("view_protected", "Can see people with a protected identity"),
        )
        indexes = (
            models.Index(fields=("family_name", "given_name", "id"), name="employee_by_name"),
            models.Index("company", Lower("work_email"), name="employee_by_email"),
            models.Index(fields=("company", "work_phone"), name="employee_by_work_phone"),
            models.Index(fields=("company", "private_phone"), name="employee_by_private_phone"),
        )
        constraints = (
            models.UniqueConstraint(
                name="employee_employment_id_in_company",
                fields=("company", "employment_id"),
                condition=~models.Q(employment_id=""),
                violation_error_message=_("Another employee of the company has this employment ID."),
            ),
            models.CheckConstraint(
                name="employee_last_workday_not_before_first",
                condition=models.Q(first_workday__isnull=True)
                | models.Q(last_workday__isnull=True)
                | models.Q(last_workday__gte=models.F("first_workday")),
                violation_error_message=_("The last workday is before the first."),
            ),
            models.CheckConstraint(
                name="employee_not_own_manager",
                condition=models.Q(manager__isnull=True) | ~models.Q(manager=models.F("pk")),
                violation_error_message=_("Nobody is their own manager."),
            ),
            models.CheckConstraint(name="employee_country_is_a_code", condition=has_length("country", 2)),
            models.CheckConstraint(
                name="employee_id_country_is_a_code", condition=has_length("national_id_country", 2)
            ),
            models.CheckConstraint(
                name="employee_national_id_has_country",
                condition=models.Q(national_id="") | ~models.Q(national_id_country=""),
                violation_error_message=_("A national ID needs its country."),
            ),
        )

    # The company that was read: nothing has to be asked of many who stay where they are.
    _read_company: int | None = None

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        employee = super().from_db(*args, **kwargs)
        employee._read_company = employee.__dict__.get("company_id")
        return employee

    def __str__(self) -> str:
        """The name, told apart within the company; `labels` says more. Of whom the reader may not see, nothing."""
        if not reader().knows(self):
            return somebody()
        return f"{self.full_name} ({self.identifier})" if self.identifier else self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def identifier(self) -> str:
        """What nobody else of the company has: the employment ID, else the record's number."""
        if self.employment_id or self.pk is None:
            return self.employment_id
        return _now("record %(number)s") % {"number": self.pk}

    def cleaners(self) -> Cleaners:
        return person_cleaners(
            home=self.company.country if self.company_id else "",
            country=self.country,
            national_id_country=self.national_id_country,
            today=today_of(self),
            synthetic=settings.ALLOW_SYNTHETIC_NATIONAL_IDS,
        )

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        if self.first_workday and self.last_workday and self.last_workday < self.first_workday:
            errors["last_workday"] = _("The last workday is before the first.")
        if self.department is not None and self.department.company_id != self.company_id:
            errors["department"] = _("The department belongs to another company.")
        if self.manager is not None and self.manager.company_id != self.company_id:
            errors["manager"] = _("The manager belongs to another company.")
        elif self._is_own_manager():
            errors["manager"] = _("The chain of managers would lead back to this person.")
        if self.national_id and not self._may_keep_number():
            errors["national_id"] = _("%(company)s keeps no national IDs. Leave it empty.") % {"company": self.company}
        if left_behind := self._left_behind():
            errors["company"] = left_behind
        if errors:
            raise ValidationError(errors)

    def _may_keep_number(self) -> bool:
        """Whether the company keeps national IDs, or this one stands there from before."""
        if not self.company_id or is_on(self.company, ID_STORED):
            return True
        stored = type(self)._base_manager.filter(pk=self.pk, company=self.company_id, national_id=self.national_id)
        return not self._state.adding and stored.exists()

    def _left_behind(self) -> list[str]:
        """Return what forbids to move to another company: what would be refused there on its next save.

        Whoever is stored so stays editable.
        """
        if self._state.adding or self.company_id == self._read_company:
            return []
        if type(self)._base_manager.filter(pk=self.pk, company=self.company_id).exists():
            return []
        reasons = []
        if reports := self.reports.exclude(company=self.company_id).count():
            text = ngettext(
                "%(count)d person of another company has this person as manager. Give that one another manager first.",
                "%(count)d people of another company have this person as manager. Give them another manager first.",
                reports,
            )
            reasons.append(text % {"count": reports})
        elsewhere = models.Q(positions__department__isnull=False) & ~models.Q(
            positions__department__company=self.company_id
        )
        counted = (
            type(self)._base_manager.filter(pk=self.pk).aggregate(positions=models.Count("positions", filter=elsewhere))
        )
        if positions := counted["positions"]:
            text = ngettext(
                "%(count)d position of this person is in a department of another company. Empty its department first.",
                "%(count)d positions of this person are in departments of another company. Empty their departments"
                " first.",
                positions,
            )
            reasons.append(text % {"count": positions})
        return reasons

    def _is_own_manager(self) -> bool:
        """Whether the chain of managers above leads back here, however long it is (a circle elsewhere is no reason)."""
        manager_id, seen = self.manager_id, set[int]()
        if self._state.adding:
            return False
        while manager_id is not None and manager_id not in seen:
            if manager_id == self.pk:
                return True
            seen.add(manager_id)
            above = type(self)._base_manager.filter(pk=manager_id)
            manager_id = above.values_list("manager_id", flat=True).first()
        return False
