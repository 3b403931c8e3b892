"""*Your account*: how the user signs in, and where the user is signed in."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_otp import login as prove

from employees.access import proving, recovery_codes, second_factor, sign_ins
from employees.access.forms import CodeForm
from employees.access.pages import proof
from employees.access.pages.frame import page
from employees.access.pages.sign_in import shown_key, try_new_key

# In the session: when the user proved the second factor once more, to be let change it.
PROVEN: Final = "second_factor_proven_at"
PROVEN_MINUTES: Final = 10


@never_cache
def account(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    return page(
        request,
        "account",
        title=_("Your account"),
        device=second_factor.device_of(user),
        required=second_factor.is_required_of(user),
        left=recovery_codes.left(user),
        sign_ins=sign_ins.of_user(user),
        current=request.session.get(sign_ins.IN_SESSION),
        has_password=user.has_usable_password(),
        provider=settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        link=user.provider_links.filter(issuer=settings.OIDC_ISSUER).first(),
        idle_minutes=round(settings.SESSION_IDLE_SECONDS / 60),
    )


@never_cache
def change_second_factor(request: HttpRequest) -> HttpResponse:
    """Set one up; whoever has one proves it first, and moves it to another phone or turns it off."""
    user: Any = request.user
    if second_factor.device_of(user) is None:
        asked = proof.ask(request, then=request.path)
        if asked is not None:
            return asked
    elif not _proven_lately(request):
        return _ask_once_more(request)
    form, codes = try_new_key(request, user)
    if codes is not None:
        request.session.pop(PROVEN, None)
        prove(request, second_factor.device_of(user))
        sign_ins.end_all(user, but=request.session.get(sign_ins.IN_SESSION, 0))
        return page(request, "account_codes", title=_("Your recovery codes"), codes=codes)
    return page(request, "account_set_up", title=_("Set up a second factor"), form=form, **shown_key(request, user))


def _ask_once_more(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form, proven = _proven_by(request)
    if not proven:
        return page(
            request,
            "account_prove",
            title=_("Second factor"),
            form=form,
            required=second_factor.is_required_of(user),
        )
    if "turn_off" in request.POST and not second_factor.is_required_of(user):
        second_factor.turn_off(user)
        messages.success(request, _("The second factor is turned off."))
        return redirect("admin:account")
    request.session[PROVEN] = timezone.now().isoformat()
    return redirect("admin:account_second_factor")


@never_cache
def renew_codes(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if second_factor.device_of(user) is None:
        return redirect("admin:account_second_factor")
    form, proven = _proven_by(request)
    if proven:
        codes = recovery_codes.renew_by_user(user)
        return page(request, "account_codes", title=_("Your recovery codes"), codes=codes)
    return page(request, "account_prove", title=_("New recovery codes"), form=form, renewing=True)


@require_POST
def end_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    if sign_ins.end(sign_ins.of_user(user).filter(pk=pk)):
        messages.success(request, _("That sign-in has ended."))
    else:
        messages.info(request, _("That sign-in had ended already."))
    return redirect("admin:account")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    many = sign_ins.end_all(user, but=request.session.get(sign_ins.IN_SESSION, 0))
    messages.success(
        request,
        ngettext("You were signed out in %(many)d other place.", "You were signed out in %(many)d other places.", many)
        % {"many": many},
    )
    return redirect("admin:account")


def _proven_by(request: HttpRequest) -> tuple[CodeForm, bool]:
    """Return the form that asks for a code, and whether the one in it is right."""
    user: Any = request.user
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return form, False
    refusal = proving.refusal_of_code(request, user, form.cleaned_data["code"])
    if refusal:
        form.refuse(refusal)
    else:
        proving.note(request)
    return form, not refusal


def _proven_lately(request: HttpRequest) -> bool:
    at = parse_datetime(request.session.get(PROVEN, ""))
    return at is not None and timezone.now() - at < timedelta(minutes=PROVEN_MINUTES)
