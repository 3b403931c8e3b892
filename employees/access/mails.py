"""Short mails to a user about the user's own sign-in: what happened, and what to do if it was somebody else."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.users import user_name

logger = logging.getLogger(__name__)


def second_factor_set_up(user: User) -> None:
    _tell(
        user,
        _("A second factor was set up for your account"),
        _("From now on you sign in with your password and a code from the app on your phone."),
    )


def second_factor_off(user: User) -> None:
    _tell(user, _("The second factor of your account was turned off"), _("You sign in without a code from now on."))


def second_factor_reset(user: User, *, by: User | None, operator: str) -> None:
    _tell(
        user,
        _("The second factor of your account was reset"),
        _("It was reset by %(who)s, and you were signed out everywhere.")
        % {"who": user_name(by) or operator or _("an operator")},
        _("If your role needs a second factor, you are asked to set it up anew when you sign in."),
    )


def codes_renewed(user: User) -> None:
    _tell(user, _("New recovery codes were made for your account"), _("The old ones do not work any more."))


def code_used(user: User, *, left: int) -> None:
    sentence = ngettext("%(left)d recovery code is left.", "%(left)d recovery codes are left.", left) % {"left": left}
    _tell(user, _("Somebody signed in to your account with a recovery code"), sentence)


def linked(user: User) -> None:
    _tell(
        user,
        _("Your account was linked to %(provider)s") % {"provider": settings.OIDC_NAME},
        _("Whoever signs in there with the linked identity is signed in here as you."),
    )


def invitation(user: User, *, url: str) -> None:
    names = {"provider": settings.OIDC_NAME}
    _send(
        user,
        _("Sign in with %(provider)s") % names,
        _("Open this address and sign in at %(provider)s. From then on you sign in to Samklang with it.") % names,
        url,
        _("The address works once, and for a few days. If you did not expect it, do nothing."),
    )


def _tell(user: User, subject: str, *sentences: str) -> None:
    _send(
        user,
        subject,
        *sentences,
        _("If it was not you, tell the person who administers accounts at once, and look at your sign-ins:"),
        f"{settings.PUBLIC_URL}{reverse('admin:account')}",
    )


def _send(user: User, subject: str, *sentences: str) -> None:
    """Send it once the transaction is done; a mail server that is away undoes nothing."""
    if not user.email:
        return
    greeting = _("Hello %(name)s,") % {"name": user_name(user)}
    message = EmailMessage(subject=subject, body="\n\n".join([greeting, *sentences]) + "\n", to=[user.email])

    def send() -> None:
        try:
            message.send()
        except (OSError, SMTPException) as error:
            logger.warning("User %s was not told by e-mail of the sign-in (%s)", user.pk, type(error).__name__)

    transaction.on_commit(send)
