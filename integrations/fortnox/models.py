from django.utils.translation import gettext_lazy as _

from integrations.core.models import Connection


class FortnoxConnection(Connection):
    """A connection to Fortnox, for its own section of the admin."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("Fortnox connection")
        verbose_name_plural = _("Fortnox connections")
