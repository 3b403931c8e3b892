"""Who is signed in where, and what proves that it is them."""

from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models import Employee

# One-way marks: HMAC-SHA256 in hexadecimal.
MARK_LENGTH: Final = 64


class SignIn(models.Model):
    """One session of a user. A session without its row is over: ending a sign-in deletes the row."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins", verbose_name=_("user")
    )
    session_key = models.CharField(max_length=40, unique=True)
    signed_in_at = models.DateTimeField(_("signed in"))
    last_seen_at = models.DateTimeField(_("last used"))
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    browser = models.CharField(_("browser"), max_length=80)
    # What the user's password and rights were: another password or other rights end the sign-in.
    password_mark = models.CharField(max_length=MARK_LENGTH)
    rights_mark = models.CharField(max_length=MARK_LENGTH)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ("-last_seen_at", "-pk")
        default_permissions = ()
        indexes = (models.Index(fields=("last_seen_at",)),)

    def __str__(self) -> str:
        return f"{self.pk}"


class KnownPlace(models.Model):
    """An address from which a user has signed in: a flood of wrong passwords from elsewhere does not shut it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_places")
    address = models.GenericIPAddressField()
    last_used_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "address"), name="known_place_once"),)
        indexes = (models.Index(fields=("last_used_at",)),)

    def __str__(self) -> str:
        return f"{self.pk}"


class RecoveryCode(models.Model):
    """Stands in once for the phone that is lost; kept as a keyed hash alone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    code_mark = models.CharField(max_length=MARK_LENGTH)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "code_mark"), name="recovery_code_once"),)

    def __str__(self) -> str:
        return f"{self.pk}"


class ProviderLink(models.Model):
    """Which user an identity at the sign-in provider is: by issuer and subject, never by an e-mail address."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_links", verbose_name=_("user")
    )
    issuer = models.CharField(_("provider"), max_length=255)
    subject = models.CharField(_("identity at the provider"), max_length=255)
    linked_at = models.DateTimeField(_("linked"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("link to the sign-in provider")
        verbose_name_plural = _("links to the sign-in provider")
        ordering = ("-linked_at", "-pk")
        default_permissions = ("view", "delete")
        constraints = (
            models.UniqueConstraint(fields=("issuer", "subject"), name="provider_identity_once"),
            models.UniqueConstraint(fields=("user", "issuer"), name="provider_link_once_per_user"),
        )

    def __str__(self) -> str:
        return f"{self.user} – {self.issuer}"


class AccessEvent(models.Model):
    """What was done to how somebody signs in, and by whom; only ever added to."""

    class Kind(models.TextChoices):
        SECOND_FACTOR_SET_UP = "second_factor_set_up", _("Second factor set up")
        SECOND_FACTOR_OFF = "second_factor_off", _("Second factor turned off")
        SECOND_FACTOR_RESET = "second_factor_reset", _("Second factor reset by somebody else")
        CODES_RENEWED = "codes_renewed", _("Recovery codes made anew")
        CODE_USED = "code_used", _("Recovery code used")
        LINKED = "linked", _("Linked to the sign-in provider")
        UNLINKED = "unlinked", _("Link to the sign-in provider removed")
        INVITED = "invited", _("Invited to link to the sign-in provider")
        INVITED_TO_PASSWORD = "invited_to_password", _("Invited to sign in with a password")
        PASSWORD_LINK_SENT = "password_link_sent", _("Link for a new password e-mailed")
        PASSWORD_SET = "password_set", _("Password set with the link of an e-mail")
        PASSWORD_CHANGED = "password_changed", _("Password changed by the user")
        PASSWORD_SET_FOR = "password_set_for", _("Password set or removed by somebody else")
        EMAIL_CHANGED = "email_changed", _("E-mail address changed")
        DEACTIVATED = "deactivated", _("Account deactivated")
        LET_IN = "let_in", _("Let in again")
        EMPLOYEE_LINKED = "employee_linked", _("Linked with an employee")
        EMPLOYEE_UNLINKED = "employee_unlinked", _("Link with an employee removed")
        ROLE_GIVEN = "role_given", _("Role given by the provider's groups")
        ROLE_TAKEN = "role_taken", _("Role taken by the provider's groups")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_events", verbose_name=_("user")
    )
    kind = models.CharField(_("what"), max_length=40, choices=Kind)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("Empty: from the command line, by whoever is named beside it, or by nobody in particular."),
    )
    employee = models.ForeignKey(
        Employee, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("employee")
    )
    operator = models.CharField(_("operator, or provider and role"), max_length=150, blank=True, default="")

    class Meta:
        verbose_name = _("change of a sign-in")
        verbose_name_plural = _("changes of sign-ins")
        ordering = ("-at", "-pk")
        default_permissions = ("view",)
        permissions = (("reset_second_factor", "Can reset somebody's second factor"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.user}"
