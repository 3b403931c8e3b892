"""What an upgrade changed of a role, until somebody who gives people roles has seen it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RoleChange(models.Model):
    """``gained`` and ``lost`` are lines in words, ``users`` the names of who had the role then."""

    role = models.CharField(_("role"), max_length=150)
    users = models.JSONField(_("users"), default=list)
    gained = models.JSONField(_("gained"), default=list)
    lost = models.JSONField(_("lost"), default=list)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("change of a role")
        verbose_name_plural = _("changes of roles")
        default_permissions = ()
        ordering = ("role", "pk")

    def __str__(self) -> str:
        return self.role
