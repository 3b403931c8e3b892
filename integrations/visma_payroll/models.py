from django.utils.translation import gettext_lazy as _

from integrations.core.models import Connection


class VismaPayrollConnection(Connection):
    """A connection to Visma.net Payroll, for its own section of the admin."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("Visma.net Payroll connection")
        verbose_name_plural = _("Visma.net Payroll connections")
