"""Links between the two sides' records, and the marks of hub changes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.core.models.connections import Connection


class Link(models.Model):
    """“This left record is that right record”.

    ``pairs`` is ``{field: [left, right, state]}``: what both sides were last known to hold, normalised, as JSON,
    with the state ``settled``, ``left_as_is`` or ``open``. ``digest`` is that of both halves (``core.compare``).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACTIVE = "active", _("Active")
        DISCONNECTED = "disconnected", _("Disconnected")
        OUT_OF_SCOPE = "out_of_scope", _("Out of scope")
        GONE_LEFT = "gone_left", _("Gone from the hub")
        GONE_RIGHT = "gone_right", _("Gone at the vendor")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="links")
    resource = models.CharField(max_length=40)
    left_id = models.CharField(max_length=100)
    right_id = models.CharField(max_length=100)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    pairs = models.JSONField(default=dict)
    digest = models.CharField(max_length=32, blank=True)
    options = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.PROPOSED)
    synced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        default_permissions = ("view",)
        constraints = [
            # "Active" here: everything that is not gone, so that nobody is linked twice.
            models.UniqueConstraint(
                fields=["connection", "resource", "left_id"],
                condition=~Q(state__in=["gone_left", "gone_right"]),
                name="link_left_once",
            ),
            models.UniqueConstraint(
                fields=["connection", "resource", "right_id"],
                condition=~Q(state__in=["gone_left", "gone_right"]),
                name="link_right_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left_id} = {self.right_id}"


class Mark(models.Model):
    """“This hub record changed”: the work list of the push; deleted only at the version that was sent."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="marks")
    resource = models.CharField(max_length=40)
    left_id = models.CharField(max_length=100)
    version = models.PositiveIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(default=1)
    due = models.DateTimeField()
    held_by = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["connection", "resource", "left_id"], name="mark_once_per_subject")
        ]
        indexes = [models.Index(fields=["connection", "priority", "due"], name="mark_work_order")]

    def __str__(self) -> str:
        return f"{self.resource} {self.left_id} v{self.version}"
