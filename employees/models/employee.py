from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from employees.models.cleaning import canonicalise, has_length
from employees.models.company import Company, Department
from employees.models.versions import VersionedModel
from employees.tracking import TrackedQuerySet
from employees.validation import clean_country, clean_email, clean_national_id, clean_phone, clean_postal_code

# A chain of managers longer than this is taken for a circle.
LONGEST_CHAIN_OF_MANAGERS = 100


class EmployeeQuerySet(TrackedQuerySet["Employee"]):
    def for_company(self, company: Company) -> Self:
        return self.filter(company=company)


class Employee(VersionedModel):
    """A person employed by a company. ``full_clean`` makes values canonical; ``save`` does not call it.

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
        permissions = (("view_sensitive", "Can see national IDs and bank accounts in full"),)
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

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        exclude = set(exclude or ())
        errors = canonicalise(record=self, cleaners=self._cleaners(), exclude=exclude)
        try:
            super().clean_fields(exclude=exclude | set(errors))
        except ValidationError as error:
            errors = {**error.error_dict, **errors}
        if errors:
            raise ValidationError(errors)

    def _cleaners(self) -> dict[str, Callable[[str], str]]:
        """By field; countries first, since others are read by them."""
        home = self.company.country if self.company_id else ""
        country = self.country.strip().upper() or home
        id_country = self.national_id_country.strip().upper()
        texts = ("employment_id", "given_name", "family_name", "street", "street2", "city")
        return {
            **dict.fromkeys(texts, str.strip),
            "country": clean_country,
            "national_id_country": clean_country,
            "work_email": clean_email,
            "private_email": clean_email,
            "work_phone": partial(clean_phone, country=home),
            "private_phone": partial(clean_phone, country=home),
            "postal_code": partial(clean_postal_code, country=country),
            "national_id": partial(clean_national_id, country=id_country),
        }

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
        if errors:
            raise ValidationError(errors)

    def _is_own_manager(self) -> bool:
        manager_id = self.manager_id
        if self._state.adding:
            return False
        for _step in range(LONGEST_CHAIN_OF_MANAGERS):
            if manager_id is None or manager_id == self.pk:
                return manager_id is not None
            above = type(self)._base_manager.filter(pk=manager_id)
            manager_id = above.values_list("manager_id", flat=True).first()
        return True
