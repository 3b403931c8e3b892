"""Which users see chosen companies only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models import Company


class CompanyLimit(models.Model):
    """Whoever has one sees the chosen companies, nothing where none is left; whoever has none is not limited.

    A row of its own, and not a row for each company: a company that is deleted never widens what somebody sees.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="company_limit", verbose_name=_("user")
    )
    companies = models.ManyToManyField(Company, blank=True, related_name="+", verbose_name=_("companies"))

    class Meta:
        verbose_name = _("limit to companies")
        verbose_name_plural = _("limits to companies")
        # It is part of the user's page.
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)
