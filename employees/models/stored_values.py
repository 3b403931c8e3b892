"""Values that stood in the database before a rule for them came."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models.company import Company
from employees.models.employee import Employee


class StoredValue(models.Model):
    """One field of one record: rewritten by an upgrade, or to be mended by a person because it would be refused now.

    ``model`` is a label such as ``"employees.employee"``. ``before`` and ``after`` are empty for what may not stand
    twice in the database (an absence's note), and while the value is to be mended: the record itself holds it.
    """

    class State(models.TextChoices):
        TO_MEND = "to_mend", _("To mend")
        REWRITTEN = "rewritten", _("Rewritten")

    state = models.CharField(_("state"), max_length=10, choices=State)
    model = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    field = models.CharField(_("field"), max_length=60)
    before = models.TextField(_("before"), blank=True)
    after = models.TextField(_("after"), blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("company")
    )
    # Whose value it is, where it is a person's.
    employee = models.ForeignKey(
        Employee, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("employee")
    )
    found_at = models.DateTimeField(_("found"), auto_now_add=True)

    class Meta:
        verbose_name = _("value to mend")
        verbose_name_plural = _("values to mend")
        # Whoever may see the record may see what is wrong with it: no right of its own.
        default_permissions = ()
        ordering = ("state", "pk")
        constraints = (
            models.UniqueConstraint(name="stored_value_once", fields=("state", "model", "record_id", "field")),
        )
        indexes = (models.Index(fields=("model", "record_id"), name="stored_value_by_record"),)

    def __str__(self) -> str:
        return f"{self.model} {self.record_id} {self.field}"
