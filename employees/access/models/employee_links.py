"""Which employee a user is: somebody chose it, no equal text says it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from employees.models import Employee
from employees.models.parts import raise_version


class EmployeeLink(models.Model):
    """An employee is one user's at most; a user is one employee of a company, and may be employed in several."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="employee_links",
        verbose_name=_("user"),
        help_text=_(
            "Who signs in as this employee. As a manager the user sees and decides on the absences of the own team;"
            " an equal e-mail address alone gives nothing."
        ),
    )
    employee = models.OneToOneField(
        Employee, on_delete=models.CASCADE, related_name="user_link", verbose_name=_("employee")
    )
    linked_at = models.DateTimeField(_("linked"), auto_now_add=True)
    # Empty: an upgrade linked them, by the e-mail address that they had in common.
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("linked by"),
    )

    class Meta:
        verbose_name = _("user account")
        verbose_name_plural = _("user account")
        # It is part of the employee's page.
        default_permissions = ()
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.user)

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            # A form of the person that was opened before does not write an old link back.
            raise_version(self.employee_id)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            raise_version(self.employee_id)
        return deleted

    def clean(self) -> None:
        if not self.user_id or not self.employee_id:
            return
        same_company: Any = EmployeeLink.objects.filter(user=self.user_id, employee__company=self.employee.company_id)
        other = same_company.exclude(employee=self.employee_id).select_related("employee").first()
        if other is not None:
            text = _(
                "%(user)s is %(employee)s already, of the same company. Remove the link on that one's page first, or"
                " choose another user."
            )
            raise ValidationError({"user": text % {"user": self.user, "employee": other.employee}})


class LinkingNote(models.Model):
    """What an upgrade linked by equal e-mail addresses, until somebody has seen it.

    ``linked`` are pairs of a user's and an employee's primary key; ``unclear`` are lists of users, and of employees,
    with one address, of whom nobody was linked.
    """

    linked = models.JSONField(default=list)
    unclear = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        default_permissions = ()
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.pk}"
