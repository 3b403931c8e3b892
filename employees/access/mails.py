"""Short mails to a user about the user's own sign-in: what happened, and what to do if it was somebody else."""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from smtplib import SMTPException
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.mailing import reason_of
from employees.users import user_name
from employees.zones import moment_text

logger = logging.getLogger(__name__)


class Letter(NamedTuple):
    """``before`` and ``after`` are the sentences around the address."""

    subject: str
    before: tuple[str, ...]
    url: str = ""
    button: str = ""
    after: tuple[str, ...] = ()


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


def unlinked(user: User, *, by: User | None) -> None:
    _tell(
        user,
        _("The link of your account to %(provider)s was removed") % {"provider": settings.OIDC_NAME},
        _("It was removed by %(who)s. You cannot sign in with it any more.")
        % {"who": user_name(by) or _("an operator")},
    )


def password_changed(user: User, *, at: datetime, address: str | None) -> None:
    _tell_of_password(
        user,
        _("The password of your account was changed"),
        _("It was changed on “Your account”, %(when)s, from %(address)s. You were signed out everywhere else.")
        % _when_and_where(at, address),
    )


def password_set(user: User, *, at: datetime, address: str | None) -> None:
    _tell_of_password(
        user,
        _("A new password was set for your account"),
        _("It was set with the link of an e-mail to you, %(when)s, from %(address)s. You were signed out everywhere.")
        % _when_and_where(at, address),
    )


def password_set_by(user: User, *, at: datetime, address: str | None, by: User | None, operator: str) -> None:
    """Tell what somebody else made of the password; the command line has no address."""
    taken = not user.has_usable_password()
    values = {
        "who": user_name(by) or operator or _("an operator"),
        "when": moment_text(at),
        "where": address or _("the command line"),
    }
    _tell_of_password(
        user,
        _("The password of your account was removed") if taken else _("A new password was set for your account"),
        _("It was done by %(who)s, %(when)s, from %(where)s. You were signed out everywhere.") % values,
    )


def _when_and_where(at: datetime, address: str | None) -> dict[str, str]:
    return {"when": moment_text(at), "address": address or _("an unknown address")}


def email_changed(user: User, *, former: str, by: User | None) -> None:
    """Tell the former address: whoever has the new one can ask for a new password there."""
    letter = Letter(
        _("The e-mail address of your account was changed"),
        (
            _("It was changed by %(who)s. Links for a new password go to the new address from now on.")
            % {"who": user_name(by) or _("an operator")},
            _("If that is not right, tell the person who administers accounts at once."),
        ),
    )
    send_later(user, letter, to=former)


def invitation(user: User, *, by: User | None, roles: Iterable[str], url: str, until: datetime) -> str:
    """Invite somebody to choose a password; return why it was not sent, empty when it was."""
    before = (
        *_who_invites(user, by=by, roles=roles),
        _("You sign in as %(name)s, with a password that you choose here.") % {"name": user.get_username()},
    )
    return deliver(user, Letter(_subject(by), before, url, _("Choose your password"), _good_until(until)))


def provider_invitation(user: User, *, by: User | None, roles: Iterable[str], url: str, until: datetime) -> str:
    """Invite somebody to sign in with the provider; return why it was not sent, empty when it was."""
    names = {"provider": settings.OIDC_NAME}
    before = (
        *_who_invites(user, by=by, roles=roles),
        _("Open this address and sign in at %(provider)s. From then on you sign in to Samklang with it.") % names,
    )
    button = _("Sign in with %(provider)s") % names
    return deliver(user, Letter(_subject(by), before, url, button, _good_until(until)))


def password_link(user: User, *, url: str, until: datetime, by: User | None = None) -> str:
    """Send a link for a new password, which ``by`` or nobody known asked for; return why it was not sent."""
    who = user_name(by)
    asked = (
        _("%(who)s sends you a link to choose a new password.") % {"who": who}
        if who
        else _("Somebody, most likely you, asked for a new password for your account.")
    )
    after = (
        _("The address works once, and until %(until)s.") % {"until": moment_text(until)},
        _("If it was not you, do nothing: your password stays as it is."),
    )
    before = (asked, _("You sign in as %(name)s.") % {"name": user.get_username()})
    return deliver(user, Letter(_("A new password for Samklang"), before, url, _("Choose a new password"), after))


def no_password_here(user: User) -> str:
    """Tell somebody who asked for a new password that there is none; return why it was not sent."""
    names = {"provider": settings.OIDC_NAME}
    before = (
        _("Somebody, most likely you, asked for a new password for your account."),
        _("You have no password here: you sign in with %(provider)s. A forgotten password is made anew there.") % names,
    )
    url = f"{settings.PUBLIC_URL}{reverse('admin:login')}"
    return deliver(user, Letter(_("You sign in with %(provider)s") % names, before, url, _("To the sign-in")))


def invitation_is_over(user: User) -> str:
    """Tell somebody who asked for a new password that the invitation is over; return why it was not sent."""
    before = (
        _("Somebody, most likely you, asked for a new password for your account."),
        _("You have not chosen one yet, and your invitation does not work any more."),
        _("Ask the person who administers accounts to send the invitation again."),
    )
    return deliver(user, Letter(_("Your invitation to Samklang is over"), before))


def _subject(by: User | None) -> str:
    who = user_name(by)
    return _("%(who)s invites you to Samklang") % {"who": who} if who else _("Your account at Samklang")


def _who_invites(user: User, *, by: User | None, roles: Iterable[str]) -> list[str]:
    who = user_name(by) or _("An operator")
    return [
        _("%(who)s has made an account for you at Samklang, which keeps employees in step with payroll and HR systems.")
        % {"who": who},
        *(_("Your role: %(role)s") % {"role": role} for role in roles),
    ]


def _good_until(until: datetime) -> tuple[str, ...]:
    return (
        _("The address works once, and until %(until)s. A newer invitation takes its place.")
        % {"until": moment_text(until)},
        _("If you did not expect this, do nothing."),
    )


def _tell(user: User, subject: str, *sentences: str) -> None:
    """Tell of what was done to the sign-in."""
    note = _("If it was not you, tell the person who administers accounts at once, and look at your sign-ins:")
    url = f"{settings.PUBLIC_URL}{reverse('admin:account')}"
    send_later(user, Letter(subject, (*sentences, note), url, _("Your account")), to=user.email)


def _tell_of_password(user: User, subject: str, sentence: str) -> None:
    """Whoever did not do it can most likely not sign in any more."""
    if not settings.PASSWORD_SIGN_IN or not user.has_usable_password():
        _tell(user, subject, sentence)
        return
    note = _("If it was not you, tell the person who administers accounts at once, and have a new password sent here:")
    url = f"{settings.PUBLIC_URL}{reverse('password_forgotten')}"
    send_later(user, Letter(subject, (sentence, note), url, _("Forgot password?")), to=user.email)


def send_later(user: User, letter: Letter, *, to: str) -> None:
    """Send it once the transaction is done; a mail server that is away undoes nothing."""
    if to and user.is_active:
        transaction.on_commit(partial(deliver, user, letter, to=to))


def deliver(user: User, letter: Letter, *, to: str = "") -> str:
    """Send it now; return why the mail server did not take it, empty when it did. Never inside a transaction."""
    greeting = _("Hello %(name)s,") % {"name": user_name(user)}
    parts = [greeting, *letter.before, letter.url, *letter.after]
    message = EmailMultiAlternatives(
        # A header is one line, whatever names hold.
        subject=" ".join(letter.subject.split()),
        body="\n\n".join(part for part in parts if part) + "\n",
        to=[to or user.email],
    )
    context = {"letter": letter, "greeting": greeting}
    message.attach_alternative(render_to_string("access/mail.html", context), "text/html")
    try:
        message.send()
    except (OSError, SMTPException, ValueError) as error:
        logger.warning("User %s was not told by e-mail of the sign-in (%s)", user.pk, type(error).__name__)
        return reason_of(error)
    return ""
