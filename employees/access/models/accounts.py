"""How somebody who has an account comes to a password: an invitation, or a link that was asked for."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Invitation(models.Model):
    """A user's newest invitation. It is good until it is used, ends, or the account or its address changes.

    What was sent is known here: ``sent_at`` is empty until a mail server took it, ``error`` says why it did not.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitation", verbose_name=_("user")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    with_provider = models.BooleanField(default=False)
    email = models.EmailField(_("e-mail address"))
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        # It is part of the user's page.
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_over(self) -> bool:
        return self.expires_at <= timezone.now()


class PasswordRequest(models.Model):
    """Somebody asked for a new password; ``user`` is empty where nobody has the address that was typed.

    Its mail is sent in the background, so that the answer takes as long whether or not there is an account.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="password_requests"
    )
    address = models.GenericIPAddressField(null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, db_index=True)
    # Nobody else tries before; what was sent is tried no more.
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("request for a new password")
        verbose_name_plural = _("requests for a new password")
        default_permissions = ()
        indexes = (models.Index(fields=("address", "asked_at")),)

    def __str__(self) -> str:
        return f"{self.pk}"
