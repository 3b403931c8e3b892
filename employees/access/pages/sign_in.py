"""The page to sign in, and the two that ask for the second factor."""

from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from employees.access import lockout, proving, recovery_codes, second_factor, signing_in
from employees.access.forms import CodeForm, SignInForm
from employees.access.pages.frame import page

NEW_KEY: Final = "new_second_factor_key"


class SignInView(LoginView):
    template_name = "access/sign_in.html"
    authentication_form = SignInForm

    def form_valid(self, form: Any) -> HttpResponse:
        to = signing_in.accept(self.request, form.get_user(), next_url=self.get_redirect_url())
        return HttpResponseRedirect(to)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        emergency = "emergency" in self.request.GET or self.request.method == "POST"
        return {
            **super().get_context_data(**kwargs),
            **admin.site.each_context(self.request),
            "title": _("Sign in"),
            "provider": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "with_password": settings.PASSWORD_SIGN_IN or emergency,
            "passwords_for_all": settings.PASSWORD_SIGN_IN,
            "emergency_account": bool(settings.EMERGENCY_USER),
        }


def sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own address to sign in."""
    half = signing_in.half_signed_in(request)
    if request.method == "GET":
        if admin.site.has_permission(request):
            return redirect("admin:index")
        if half is not None:
            return redirect(signing_in.step_of(half))
    answer: HttpResponse = SignInView.as_view()(request)  # type: ignore[assignment]
    return answer


@never_cache
def ask_second_factor(request: HttpRequest) -> HttpResponse:
    user = signing_in.half_signed_in(request)
    if user is None or not second_factor.is_needed(user) or second_factor.device_of(user) is None:
        return _elsewhere(request, user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = proving.refusal_of_code(request, user, form.cleaned_data["code"])
        if not refusal:
            return redirect(signing_in.finish(request, user, second_factor.device_of(user)))
        form.refuse(refusal)
    return page(
        request,
        "code",
        title=_("Second step"),
        form=form,
        half=user,
        left=recovery_codes.left(user),
    )


@never_cache
def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """For whoever has none yet, though a role demands one."""
    user = signing_in.half_signed_in(request)
    if user is None or not second_factor.is_needed(user) or second_factor.device_of(user) is not None:
        return _elsewhere(request, user)
    if hasattr(request, "half_signed_in") and not proving.is_fresh(request):
        return _sign_in_anew(request)
    form, codes = try_new_key(request, user)
    if codes is None:
        return page(
            request,
            "set_up",
            title=_("Set up a second factor"),
            form=form,
            half=user,
            first=True,
            **shown_key(request, user),
        )
    to = signing_in.finish(request, user, second_factor.device_of(user))
    return page(request, "codes", title=_("Your recovery codes"), codes=codes, to=to)


def try_new_key(request: HttpRequest, user: User) -> tuple[CodeForm, list[str] | None]:
    """Return the form, and the recovery codes once the new key is proven."""
    form = CodeForm(request.POST or None)
    key = request.session.get(NEW_KEY)
    if request.method != "POST" or key is None or lockout.is_shut(request, user) or not form.is_valid():
        return form, None
    codes = second_factor.set_up(user, key=key, code=form.cleaned_data["code"])
    if codes is None:
        lockout.count_failure(request, user)
        form.refuse(
            _(
                "That is not the code of this key. Type the six digits that the app shows now, and see that the phone's"
                " time is right."
            )
        )
        return form, None
    del request.session[NEW_KEY]
    return form, codes


def shown_key(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return the key as picture and text; this session's own, so that nobody else ever sees it."""
    key = request.session.setdefault(NEW_KEY, second_factor.new_key())
    return {"picture": second_factor.picture_of(user, key), "key": second_factor.key_in_text(key)}


@require_POST
def start_over(request: HttpRequest) -> HttpResponse:
    """For whoever is somebody else."""
    signing_in.forget_half(request)
    return redirect("admin:login")


def _sign_in_anew(request: HttpRequest) -> HttpResponse:
    """A role came to demand it meanwhile: nobody at a screen that was left open sets it up."""
    signing_in.forget_half(request)
    messages.info(request, _("Your role asks for a second factor by now. Sign in again, then set it up."))
    return redirect("admin:login")


def _elsewhere(request: HttpRequest, user: User | None) -> HttpResponse:
    if user is None:
        return redirect(f"{reverse('admin:login')}")
    if not second_factor.is_needed(user):
        return redirect(signing_in.finish(request, user, None))
    return redirect(signing_in.step_of(user))
