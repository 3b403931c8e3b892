"""What is done to an account, asked about first: let in by invitation or a link, deactivated, let in again."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from employees.access import accounts, forgotten, invitations, sign_ins
from employees.access.accounts import State
from employees.access.forms import InvitingForm
from employees.access.models import Invitation
from employees.access.pages.frame import page
from employees.shown import NotAsShown, fingerprint, posted_fingerprint, posted_time
from employees.users import user_name
from employees.zones import moment_here


class Step(NamedTuple):
    """``why_not`` says why it cannot be done with this account, ``says`` what it will do, ``do`` does it.

    What ``do`` returns is called once the transaction is done, with the request.
    """

    title: Any
    button: Any
    why_not: Callable[[User, Any], str]
    says: Callable[[User], list[str]]
    do: Callable[[HttpRequest, User], Callable[[], None]]
    form: bool = False


def decide(request: HttpRequest, step: Step, pk: int) -> HttpResponse:
    """Show what a step does and, pressed, do it to the account as it was shown."""
    user = get_object_or_404(User, pk=pk)
    back = reverse("admin:auth_user_change", args=[pk])
    why_not = step.why_not(user, request.user)
    form = InvitingForm(request.POST or None, user=user) if step.form and not why_not else None
    if request.method == "POST" and not why_not and (form is None or form.is_valid()):
        try:
            after = _do(request, step, pk)
        except NotAsShown as stale:
            messages.error(request, str(stale))
            return redirect(request.path)
        after()
        return redirect(back)
    return page(
        request,
        "account_decide",
        title=step.title % {"name": user_name(user)},
        why_not=why_not,
        says=[] if why_not else step.says(user),
        form=form,
        button=step.button,
        back=back,
        made_from=_shown(step, user),
    )


def _do(request: HttpRequest, step: Step, pk: int) -> Callable[[], None]:
    """Do it with the account, and whoever does it, locked: two operators cannot shut each other out."""
    by: Any = request.user
    with transaction.atomic():
        locked = {each.pk: each for each in User.objects.select_for_update().filter(pk__in=(pk, by.pk)).order_by("pk")}
        user = locked.get(pk)
        if user is None or not locked[by.pk].is_active:
            raise PermissionDenied
        if step.why_not(user, by) or posted_fingerprint(request) != _shown(step, user):
            raise NotAsShown(accounts.happened_to(user, posted_time(request)))
        return step.do(request, user)


def _shown(step: Step, user: User) -> str:
    """Return what stands for what was shown; where somebody is signed in changes by itself and says nothing new."""
    roles = sorted(user.groups.values_list("name", flat=True))
    invitation = Invitation.objects.filter(user=user).values_list("made_at", "used_at", "error").first()
    known = (user.get_username(), user_name(user), user.email, accounts.state_of(user), roles)
    return fingerprint(str(step.button), known, invitation, accounts.left_behind(user))


# --- Deactivate, let in again -------------------------------------------------------------------------------


def _why_not_deactivated(user: User, by: Any) -> str:
    if not user.is_active:
        return _("The account is deactivated already: there is nothing to do.")
    return accounts.why_not_deactivated(user, by=by)


def _says_deactivated(user: User) -> list[str]:
    many = sign_ins.of_user(user).count()
    signed_in = (
        ngettext("%(many)d sign-in ends at once.", "%(many)d sign-ins end at once.", many) % {"many": many}
        if many
        else _("Nobody is signed in to the account just now.")
    )
    invited = Invitation.objects.filter(user=user, used_at=None).exists()
    return [
        _("%(name)s cannot sign in any more, neither with a password nor in another way.") % {"name": user_name(user)},
        signed_in,
        *([_("The invitation does not work any more.")] if invited else []),
        *([_("No more e-mails of Samklang go to %(email)s.") % {"email": user.email}] if user.email else []),
        *accounts.left_behind(user),
        _("What was done with the account stays, by name. With “Let in again” everything is as before."),
    ]


def _deactivate(request: HttpRequest, user: User) -> Callable[[], None]:
    by: Any = request.user
    accounts.deactivate(user, by=by)
    text = _("%(name)s is deactivated, and signed out everywhere.") % {"name": user_name(user)}
    return lambda: messages.success(request, text)


def _why_not_let_in(user: User, by: Any) -> str:
    return _("The account may sign in: there is nothing to do.") if user.is_active and user.is_staff else ""


def _says_let_in(user: User) -> list[str]:
    roles = ", ".join(user.groups.order_by("name").values_list("name", flat=True))
    return [
        _("%(name)s may sign in again, as %(user)s, with the roles of before.")
        % {"name": user_name(user), "user": user.get_username()},
        _("Roles: %(roles)s.") % {"roles": roles} if roles else _("No role: nothing is seen before one is given."),
        _("E-mails of Samklang go to %(email)s again.") % {"email": user.email} if user.email else _no_address(),
    ]


def _let_in(request: HttpRequest, user: User) -> Callable[[], None]:
    by: Any = request.user
    accounts.let_in(user, by=by)
    text = _("%(name)s may sign in again.") % {"name": user_name(user)}
    if accounts.state_of(user) == State.INVITED:
        text += " " + _("There is no password yet, and an invitation of before does not work any more: invite anew.")
    return lambda: messages.success(request, text)


# --- Invite, send a link ------------------------------------------------------------------------------------


def _no_address() -> str:
    return _("There is no e-mail address: no e-mail can be sent.")


def why_no_mail(user: User) -> str:
    if not user.is_active or not user.is_staff:
        return _("The account is deactivated. Let it in again first.")
    return "" if user.email else _("There is no e-mail address. Write it on the account's page first.")


def _why_not_invited(user: User, by: Any) -> str:
    if not why_no_mail(user) and accounts.state_of(user) == State.ACTIVE:
        return _("There is a way to sign in already: an invitation is for whoever has none.")
    return why_no_mail(user)


def _says_invited(user: User) -> list[str]:
    former = invitations.of(user)
    return [
        _("An e-mail goes to %(email)s. It says who invites, the role in words, and until when it is good.")
        % {"email": user.email},
        *([invitation_in_words(former), _("The former invitation does not work any more.")] if former else []),
    ]


def _invite(request: HttpRequest, user: User) -> Callable[[], None]:
    by: Any = request.user
    invitation = invitations.make(user, by=by, with_provider=with_provider(request.POST.get("way", "")))
    return lambda: tell(request, invitations.send(invitation))


def _why_no_link(user: User, by: Any) -> str:
    if not why_no_mail(user) and not accounts.may_use_password(user):
        return _("There is no password to forget. Invite the user, or let the sign-in provider help.")
    return why_no_mail(user)


def _says_link(user: User) -> list[str]:
    minutes = max(1, round(settings.PASSWORD_LINK_SECONDS / 60))
    return [
        _("An e-mail goes to %(email)s, with a link to choose a new password.") % {"email": user.email},
        ngettext(
            "It works once, for %(minutes)d minute. The present password stays until then.",
            "It works once, for %(minutes)d minutes. The present password stays until then.",
            minutes,
        )
        % {"minutes": minutes},
    ]


def _send_link(request: HttpRequest, user: User) -> Callable[[], None]:
    def send() -> None:
        by: Any = request.user
        error = forgotten.send_link(user, by=by)
        if error:
            messages.error(request, _("The link was not e-mailed: %(reason)s Try again.") % {"reason": error})
        else:
            messages.success(request, _("The link was e-mailed to %(email)s.") % {"email": user.email} + no_server())

    return send


# --- What became of an invitation ---------------------------------------------------------------------------


def with_provider(way: str) -> bool:
    """Whether an invitation leads to the provider: chosen, where there is a choice."""
    return bool(settings.OIDC_ISSUER) and (way == InvitingForm.PROVIDER or not settings.PASSWORD_SIGN_IN)


def tell(request: HttpRequest, invitation: Invitation) -> None:
    """Say whether the e-mail is on its way; what a mail server did not take is not called sent."""
    text = invitation_in_words(invitation)
    if invitation.error:
        messages.error(request, f"{text} " + _("Press “Invite” once that is mended."))
    else:
        messages.success(request, text + no_server())


def invitation_in_words(invitation: Invitation) -> str:
    named = {"email": invitation.email, "until": moment_here(invitation.expires_at), "reason": invitation.error}
    if invitation.error:
        return _("The invitation could not be e-mailed to %(email)s: %(reason)s") % named
    if invitation.sent_at is None:
        return _("The invitation to %(email)s was not sent.") % named
    named["at"], named["who"] = moment_here(invitation.sent_at), user_name(invitation.by) or _("an operator")
    if invitation.is_over:
        return _("The invitation by %(who)s to %(email)s ended on %(until)s without being used.") % named
    return _("%(who)s's invitation was e-mailed to %(email)s at %(at)s. It is good until %(until)s.") % named


def no_server() -> str:
    """Say where an e-mail went if there is no mail server; empty with one."""
    if settings.EMAIL_BACKEND != "config.mail.FileAndConsoleBackend":
        return ""
    return " " + _(
        "But no mail server is set (EMAIL_URL), so it reached nobody: it stands as a file in %(folder)s."
    ) % {"folder": settings.EMAIL_FILE_PATH}


DEACTIVATE: Final = Step(
    gettext_lazy("Deactivate %(name)s"),
    gettext_lazy("Deactivate"),
    _why_not_deactivated,
    _says_deactivated,
    _deactivate,
)
LET_IN: Final = Step(
    gettext_lazy("Let %(name)s in again"), gettext_lazy("Let in again"), _why_not_let_in, _says_let_in, _let_in
)
INVITE: Final = Step(
    gettext_lazy("Invite %(name)s"), gettext_lazy("Send the invitation"), _why_not_invited, _says_invited, _invite, True
)
SEND_LINK: Final = Step(
    gettext_lazy("Send %(name)s a link for a new password"),
    gettext_lazy("Send the link"),
    _why_no_link,
    _says_link,
    _send_link,
)
