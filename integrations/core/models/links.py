"""Links between the two sides' records, and the marks of hub changes."""

from django.conf import settings
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
    # What a person chose among several that the vendor's record holds, by its ID there (`Resource.choice`).
    choice = models.CharField(max_length=100, blank=True)
    # Which of several was written last: it stays meant, as long as it qualifies as well as others (`Resource.choice`).
    written = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.PROPOSED)
    synced_at = models.DateTimeField(null=True, blank=True)
    # Since when the vendor is known to have the record no more; a person decides what becomes of the link (G-16).
    gone_at = models.DateTimeField(null=True, blank=True)

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


class MassChange(models.Model):
    """A change of more people at once than a connection sends unasked: released or dropped by a person (G-17).

    ``key`` names the operation (``"import:12"``) over all its transactions; ``label`` is for people.
    """

    class State(models.TextChoices):
        HELD = "held", _("Held")
        RELEASED = "released", _("Released")
        DROPPED = "dropped", _("Dropped")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="mass_changes")
    key = models.CharField(max_length=100)
    label = models.CharField(_("change"), max_length=300)
    people = models.PositiveIntegerField(_("people"))
    # How many absences of theirs, where it is absences that change.
    absences = models.PositiveIntegerField(_("absences"), default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.HELD)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("mass change")
        verbose_name_plural = _("mass changes")
        # Whoever runs synchronisations sees and decides them.
        default_permissions = ()
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="mass_change_once")]

    def __str__(self) -> str:
        return self.label


class HeldEdit(models.Model):
    """A field that somebody edited since a mass change held it: it is that edit's now, and goes by itself (G-37)."""

    mass_change = models.ForeignKey(MassChange, on_delete=models.CASCADE, related_name="edits")
    left_id = models.CharField(max_length=100)
    # The hub's column.
    field = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.left_id} {self.field}"


class Mark(models.Model):
    """“This hub record changed”: the work list of the push; deleted only at the version that was sent.

    ``held_by`` says what keeps a mark from being sent (see :class:`Hold`), or ``"mass:<MassChange>"``; empty: nothing.
    ``held_fields`` says what of it waits with mass changes, whatever else goes: ``{"<MassChange>": [names of the hub's
    columns]}``, ``"*"`` for the whole person; of absences it is the whole mark that waits (G-37).
    ``wanted`` is what a person decided beyond the edits: ``{"fields": [names to send though they were not edited],
    "over": {field: the vendor's value, as JSON, that was seen and is written over}, "create": {settings}, "apart":
    [left ids of those with the same national ID who are somebody else]}``.
    """

    class Priority(models.IntegerChoices):
        INTERACTIVE = 1
        BULK = 5

    class Hold(models.TextChoices):
        DISCONNECTED = "disconnected", _("The person is disconnected")
        SCOPE = "scope", _("The person takes no part in the connection")
        REVIEW = "review", _("The match waits for its confirmation")
        PROBLEM = "problem", _("It was refused")
        PERSON = "person", _("The person is not in step with the vendor yet")
        LATER = "later", _("What it needs at the vendor is looked at again later")
        OVERLAP = "overlap", _("Its days make more than a whole day with another absence")
        OUTSIDE = "outside", _("Days outside the employment are not confirmed")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="marks")
    resource = models.CharField(max_length=40)
    left_id = models.CharField(max_length=100)
    version = models.PositiveIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.INTERACTIVE)
    due = models.DateTimeField()
    held_by = models.CharField(max_length=64, blank=True)
    held_fields = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    wanted = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["connection", "resource", "left_id"], name="mark_once_per_subject")
        ]
        indexes = [models.Index(fields=["connection", "held_by", "priority", "due"], name="mark_work_order")]

    def __str__(self) -> str:
        return f"{self.resource} {self.left_id} v{self.version}"
