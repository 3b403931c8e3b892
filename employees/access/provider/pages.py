"""To the sign-in provider and back. What the way back is checked with stands in the session, good for one answer."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from employees.access import invitations, proving, signing_in
from employees.access.accounts import may_use_password
from employees.access.pages import proof
from employees.access.pages.frame import page
from employees.access.provider import client, links, roles
from employees.access.provider.answers import Identity, ProviderAway

logger = logging.getLogger(__name__)
# In the session: {"state", "nonce", "verifier", "at", "next", "link": whom to link, "prove": who proves it, each or 0}.
STARTED: Final = "provider_sign_in"
STARTED_MINUTES: Final = 15


@require_POST
def go(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    return _start(request, next_url=request.POST.get("next", ""))


@require_POST
def link(request: HttpRequest) -> HttpResponse:
    """Send a signed-in user there, to link what signs in."""
    return proof.ask(request) or _start(request, link=request.user.pk or 0, next_url=reverse("admin:account"))


@require_POST
def prove(request: HttpRequest) -> HttpResponse:
    """Send a signed-in user there, to prove who it is."""
    return _start(request, prove=request.user.pk or 0, next_url=request.POST.get("next", ""))


@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if not may_use_password(user):
        text = _(
            "You have no password, so without the link you could not sign in any more. An operator can remove it, and"
            " invite you to choose a password."
        )
        messages.error(request, text)
        return redirect("admin:account")
    asked = proof.ask(request)
    if asked is not None:
        return asked
    links.unlink(user, by=user)
    messages.success(request, _("The link is removed."))
    return redirect("admin:account")


@never_cache
def invited(request: HttpRequest, invitation: str) -> HttpResponse:
    """Ask whether to go; pressed, whoever signs in there is linked to the invited user."""
    _require_provider()
    user = invitations.invited_to_provider(invitation)
    if user is None:
        messages.error(request, _("This invitation is used up or too old. Ask the person who administers accounts."))
        return redirect("admin:login")
    if request.method == "POST":
        return _start(request, link=user.pk, invitation=invitation)
    title = _("Sign in with %(provider)s") % _names()
    return page(request, "invited", title=title, provider=settings.OIDC_NAME, invited=user)


@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    _require_provider()
    started = request.session.pop(STARTED, None)
    if not _is_answer_of(request, started):
        return _to_login(request, _("That sign-in is too old, or was begun in another window. Begin again."))
    if "error" in request.GET or not request.GET.get("code"):
        return _to_login(request, _("%(provider)s did not sign you in.") % _names())
    try:
        identity = client.identity_of_code(
            code=request.GET["code"],
            redirect_uri=callback_uri(),
            nonce=started["nonce"],
            verifier=started["verifier"],
        )
    except ProviderAway as away:
        return _is_away(request, away)
    except client.NotBelieved as refused:
        logger.warning("The provider's answer was not believed (%s)", refused.reason, exc_info=refused)
        text = _(
            "%(provider)s's answer could not be believed, and you are not signed in. Begin again; if it stays so,"
            " tell the person who administers accounts."
        )
        return _to_login(request, text % _names())
    if started.get("prove"):
        return _proven(request, started, identity)
    return _let_in(request, started, identity)


def callback_uri() -> str:
    return f"{settings.PUBLIC_URL}{reverse('provider_callback')}"


def _stays(kept: list[str]) -> str:
    text = _(
        "Your groups at %(provider)s do not give you %(roles)s any more. You keep it, because nobody else could look"
        " after users: give it to somebody else."
    )
    return text % {**_names(), "roles": ", ".join(kept)}


def _let_in(request: HttpRequest, started: Mapping[str, Any], identity: Identity) -> HttpResponse:
    try:
        user = _linked_now(request, started, identity) if started["link"] else links.user_of(identity)
    except links.LinkedOtherwise:
        text = _("That account at %(provider)s is linked to another user, or you have another one linked.")
        return _to_login(request, text % _names())
    if user is None or not user.is_active:
        logger.warning("The provider's sign-in is no active user's here")
        return _to_login(
            request,
            _(
                "No account here goes with that account at %(provider)s. Ask the person who administers accounts for"
                " an invitation, or link it yourself under “Your account”."
            )
            % _names(),
        )
    kept = roles.follow_groups(user, identity.groups)
    if kept:
        messages.warning(request, _stays(kept))
    if request.user.is_authenticated and request.user.pk == user.pk:
        return redirect(signing_in.allowed_next(request, started["next"]))
    to = signing_in.accept(request, user, next_url=started["next"])
    # Whoever was signed in there has proven nothing now, where the provider tells since when.
    if request.user.is_authenticated and identity.proven_at:
        proving.note(request, identity.proven_at)
    return HttpResponseRedirect(to)


def _proven(request: HttpRequest, started: Mapping[str, Any], identity: Identity) -> HttpResponse:
    """Let it count for whoever is signed in still, was asked there anew, and is the one that is linked."""
    user: Any = request.user
    begun = parse_datetime(started["at"])
    if user.pk != started["prove"] or not links.is_of(user, identity):
        return _to_login(request, _("That was another account at %(provider)s. Begin again.") % _names())
    if identity.proven_at and begun and identity.proven_at < begun - timedelta(seconds=client.LEEWAY):
        text = _("%(provider)s did not ask you to sign in anew, so it does not count. Sign out there, and begin again.")
        return _to_login(request, text % _names())
    proving.note(request)
    if started["next"]:
        return redirect(signing_in.allowed_next(request, started["next"]))
    messages.success(request, _("It is you. Now press again what you wanted to do."))
    return redirect("admin:account")


def _linked_now(request: HttpRequest, started: Mapping[str, Any], identity: Identity) -> User | None:
    """Link whom the way there was begun for, who is signed in still, or whose invitation is good still."""
    if started["invitation"]:
        user = invitations.invited_to_provider(started["invitation"])
    else:
        user = User.objects.filter(pk=started["link"]).first() if request.user.pk == started["link"] else None
    if user is not None:
        links.link_user(user, identity, by=user)
    return user


def _start(
    request: HttpRequest, *, next_url: str = "", link: int = 0, invitation: str = "", prove: int = 0
) -> HttpResponse:
    _require_provider()
    secret = {name: client.new_secret() for name in ("state", "nonce", "verifier")}
    try:
        url = client.authorisation_url(redirect_uri=callback_uri(), anew=bool(prove), **secret)
    except ProviderAway as away:
        return _is_away(request, away)
    request.session[STARTED] = {
        **secret,
        "at": timezone.now().isoformat(),
        "next": next_url,
        "link": link,
        "invitation": invitation,
        "prove": prove,
    }
    return HttpResponseRedirect(url)


def _is_answer_of(request: HttpRequest, started: Mapping[str, Any] | None) -> bool:
    if started is None:
        return False
    at = parse_datetime(started["at"])
    in_time = at is not None and timezone.now() - at < timedelta(minutes=STARTED_MINUTES)
    return in_time and constant_time_compare(request.GET.get("state", ""), started["state"])


def _is_away(request: HttpRequest, away: ProviderAway) -> HttpResponse:
    logger.warning("The sign-in provider does not answer rightly (%s)", away, exc_info=away)
    text = _(
        "%(provider)s does not answer just now, or not as it should, so nobody can sign in with it. Try again in a few"
        " minutes; if it stays so, tell the person who administers accounts."
    )
    return _to_login(request, text % _names())


def _to_login(request: HttpRequest, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect("admin:account" if request.user.is_authenticated else "admin:login")


def _names() -> dict[str, str]:
    return {"provider": settings.OIDC_NAME}


def _require_provider() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404
