"""What belongs to one employee: the parts of a person that are kept in rows of their own."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.masking import mask_bank_account, mask_iban
from employees.models.cleaning import CanonicalModel, has_length
from employees.models.company import Department
from employees.models.employee import Employee
from employees.tracking import TrackedQuerySet
from employees.values.bank_accounts import NUMBERS, BankAccountNumbers, clean_bank_account
from employees.values.records import Cleaners, bank_account_cleaners, compensation_cleaners, position_cleaners
from employees.zones import today_of


class PartOfEmployee(CanonicalModel):
    """Saving or deleting a part raises the person's version, so that an older form of the person is refused."""

    class Meta:
        abstract = True

    def save(
        self,
        force_insert: bool | tuple[Any, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        with transaction.atomic(using=using):
            super().save(force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields)
            raise_version(self.employee_id)  # type: ignore[attr-defined]

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=using):
            deleted = super().delete(using=using, keep_parents=keep_parents)
            raise_version(self.employee_id)  # type: ignore[attr-defined]
        return deleted


def raise_version(employee_id: int) -> None:
    # The version is no value of the person: nobody needs to be told, so the untracked manager does.
    Employee._base_manager.filter(pk=employee_id).update(version=models.F("version") + 1, updated_at=timezone.now())


# The longest IBANs in groups of four, and dividers of any other kind, fit a form.
_LONGEST_WRITTEN = 64


class DividedNumberField(models.CharField):  # type: ignore[type-arg]  # takes no parameter at run time
    """A number that people write longer than it is kept: with spaces, dashes and full stops."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"max_length": _LONGEST_WRITTEN, **kwargs})

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class BankAccount(PartOfEmployee):
    employee = models.OneToOneField(
        Employee, on_delete=models.CASCADE, related_name="bank_account", verbose_name=_("employee")
    )
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, such as SE."))
    clearing_number = DividedNumberField(_("clearing number"), max_length=34, blank=True)
    account_number = DividedNumberField(_("account number"), max_length=34, blank=True)
    iban = DividedNumberField(_("IBAN"), max_length=34, blank=True)
    bic = DividedNumberField(_("BIC"), max_length=11, blank=True)

    objects = TrackedQuerySet["BankAccount"].as_manager()

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = (
            models.CheckConstraint(
                name="bank_account_country_is_a_code",
                condition=has_length("country", 2) & ~models.Q(country=""),
                violation_error_message=_("A country is written as two capital letters."),
            ),
            models.CheckConstraint(
                name="bank_account_has_a_number",
                condition=~models.Q(account_number="") | ~models.Q(iban=""),
                violation_error_message=_("Give an account number or an IBAN."),
            ),
            models.CheckConstraint(
                name="bank_account_swedish_has_clearing",
                condition=~models.Q(country="SE") | models.Q(account_number="") | ~models.Q(clearing_number=""),
                violation_error_message=_("A Swedish account number needs its clearing number."),
            ),
        )

    def __str__(self) -> str:
        return mask_bank_account(self.account_number) or mask_iban(self.iban)

    @property
    def numbers(self) -> BankAccountNumbers:
        """The account's values alone, canonical or not yet."""
        return BankAccountNumbers(*(getattr(self, name) for name in NUMBERS))

    @numbers.setter
    def numbers(self, numbers: BankAccountNumbers) -> None:
        for name in NUMBERS:
            setattr(self, name, getattr(numbers, name))

    def cleaners(self) -> Cleaners:
        return bank_account_cleaners()

    def clean(self) -> None:
        if self._is_stored_just_so():
            return
        self.numbers = clean_bank_account(**asdict(self.numbers))

    def _is_stored_just_so(self) -> bool:
        """An account that would be refused now blocks an edit of itself alone."""
        stored = None if self._state.adding else type(self)._base_manager.filter(pk=self.pk).first()
        if stored is None:
            return False
        as_stored = stored.numbers
        stored.reasons_against()
        if self.numbers not in (as_stored, stored.numbers):
            return False
        try:
            clean_bank_account(**asdict(self.numbers))
        except ValidationError:
            # Not even its writing is changed: nothing of it looks edited.
            self.numbers = as_stored
            return True
        return False


class EmploymentType(models.TextChoices):
    ORDINARY = "ordinary", _("Ordinary contract")
    MARITIME = "maritime", _("Maritime contract")
    PROBATION = "probation", _("Probation")
    TEMPORARY = "temporary", _("Temporary contract")
    SUBSTITUTE = "substitute", _("Substitute")
    SEASONAL = "seasonal", _("Seasonal contract")
    HOURLY = "hourly", _("Hourly, on call")
    APPRENTICE = "apprentice", _("Apprentice")
    TRAINEE = "trainee", _("Trainee")
    FREELANCER = "freelancer", _("Freelancer")


class Position(PartOfEmployee):
    employee = models.ForeignKey(
        Employee, on_delete=models.CASCADE, related_name="positions", verbose_name=_("employee")
    )
    title = models.CharField(_("title"), max_length=200)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="positions",
        null=True,
        blank=True,
        verbose_name=_("department"),
    )
    employment_type = models.CharField(
        _("employment type"), max_length=20, choices=EmploymentType.choices, default=EmploymentType.ORDINARY
    )
    start = models.DateField(_("start"))
    end = models.DateField(_("end"), null=True, blank=True)
    end_reason = models.CharField(_("end reason"), max_length=200, blank=True)

    objects = TrackedQuerySet["Position"].as_manager()

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ("start", "pk")
        constraints = (
            models.CheckConstraint(
                name="position_end_not_before_start",
                condition=models.Q(end__isnull=True) | models.Q(end__gte=models.F("start")),
                violation_error_message=_("The position ends before it starts."),
            ),
            models.CheckConstraint(
                name="position_employment_type_is_known",
                condition=models.Q(employment_type__in=EmploymentType.values),
                violation_error_message=_("This employment type is not known."),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def cleaners(self) -> Cleaners:
        return position_cleaners(today=today_of(self))

    def clean(self) -> None:
        if self.department is not None and self.department.company_id != self.employee.company_id:
            raise ValidationError({"department": _("The department belongs to another company.")})


class CompensationType(models.TextChoices):
    MONTHLY = "monthly", _("Monthly salary")
    HOURLY = "hourly", _("Hourly wage")
    ANNUAL = "annual", _("Annual salary")
    BONUS = "bonus", _("Bonus")
    ALLOWANCE = "allowance", _("Allowance")


class Compensation(PartOfEmployee):
    employee = models.ForeignKey(
        Employee, on_delete=models.CASCADE, related_name="compensations", verbose_name=_("employee")
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, help_text=_("Three letters, such as SEK."))
    type = models.CharField(
        _("type"), max_length=20, choices=CompensationType.choices, default=CompensationType.MONTHLY
    )
    effective_date = models.DateField(_("effective date"))

    objects = TrackedQuerySet["Compensation"].as_manager()

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensation")
        ordering = ("-effective_date", "pk")
        constraints = (
            models.CheckConstraint(
                name="compensation_amount_not_negative",
                condition=models.Q(amount__gte=0),
                violation_error_message=_("An amount is not below zero."),
            ),
            models.CheckConstraint(
                name="compensation_currency_is_a_code",
                condition=has_length("currency", 3) & ~models.Q(currency=""),
                violation_error_message=_("A currency is written as three capital letters, such as SEK."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()}, {self.effective_date}"

    def cleaners(self) -> Cleaners:
        return compensation_cleaners(today=today_of(self))
