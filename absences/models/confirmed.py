from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from absences.models.absence import Absence


class ConfirmedDays(models.Model):
    """That somebody looked at an absence's days outside the employment, and says that they are right (FX-10).

    ``stretches`` are [first, last] as ISO dates, an open end is None: of these very days, and of no others.
    """

    absence = models.OneToOneField(Absence, on_delete=models.CASCADE, related_name="confirmed_days")
    stretches = models.JSONField(default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    at = models.DateTimeField(_("confirmed at"))

    class Meta:
        default_permissions = ()
        verbose_name = _("confirmed days outside the employment")
        verbose_name_plural = _("confirmed days outside the employment")

    def __str__(self) -> str:
        return f"{self.absence_id}: {self.stretches}"
