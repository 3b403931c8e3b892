"""Who is at an open screen: asked before anything that decides how somebody signs in, unless it was proven just now."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from employees.access import proving, second_factor
from employees.access.accounts import may_use_password
from employees.access.forms import CodeForm, PasswordForm
from employees.access.pages.frame import page


def ask(request: HttpRequest, *, then: str = "") -> HttpResponse | None:
    """Return the page that asks, which posts to the address that was asked for; None for whoever has proven it.

    ``then`` is where to go once it is proven, for a page that is looked at first.
    """
    if proving.is_fresh(request):
        return None
    form = _form_for(request)
    if form is not None and form.is_bound and form.is_valid() and not _refused(request, form):
        proving.note(request)
        return redirect(then) if then else None
    user: Any = request.user
    return page(
        request,
        "account_proof",
        title=_("Is it you?"),
        form=form,
        provider=settings.OIDC_NAME if _may_use_provider(user) else "",
        minutes=proving.FRESH_MINUTES,
        then=then,
    )


def _form_for(request: HttpRequest) -> CodeForm | PasswordForm | None:
    """Return the form for the strongest thing that the user has; None for whoever has the provider alone."""
    user: Any = request.user
    if second_factor.device_of(user) is not None:
        return CodeForm(request.POST if "code" in request.POST else None)
    if may_use_password(user):
        return PasswordForm(request.POST if "password" in request.POST else None)
    return None


def _refused(request: HttpRequest, form: CodeForm | PasswordForm) -> bool:
    user: Any = request.user
    if isinstance(form, CodeForm):
        refusal = proving.refusal_of_code(request, user, form.cleaned_data["code"])
    else:
        refusal = proving.refusal_of_password(request, user, form.cleaned_data["password"])
    if refusal:
        form.refuse(refusal)
    return bool(refusal)


def _may_use_provider(user: Any) -> bool:
    """The provider's word is as good as a password, and no more: not where a code is asked for."""
    linked = bool(settings.OIDC_ISSUER) and user.provider_links.filter(issuer=settings.OIDC_ISSUER).exists()
    return linked and second_factor.device_of(user) is None
