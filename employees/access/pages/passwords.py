"""A password chosen: on *Your account*, or with the link of an e-mail, an invitation or one for whoever forgot it.

Django's pages, in the theme. The link is kept in the session and leaves the address before the form is shown. A new
password signs nobody in: the sign-in asks for the second factor, where there has to be one.
"""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordChangeView, PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from unfold.forms import AdminOwnPasswordChangeForm

from employees.access import forgotten, invitations, lockout, passwords, proving
from employees.access.accounts import may_use_password, passwords_let_in
from employees.access.addresses import client_address
from employees.access.forms import ForgottenForm, NewPasswordForm
from employees.access.pages.frame import page


@never_cache
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for the e-mail address; the answer is the same whether or not somebody has it."""
    if not settings.PASSWORD_SIGN_IN:
        raise Http404
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        forgotten.ask(email=form.cleaned_data["email"], address=client_address(request))
        return redirect("password_forgotten_sent")
    return page(request, "forgotten", title=_("Forgotten password"), form=form)


@never_cache
def forgot_sent(request: HttpRequest) -> HttpResponse:
    if not settings.PASSWORD_SIGN_IN:
        raise Http404
    minutes = max(1, round(settings.PASSWORD_LINK_SECONDS / 60))
    return page(
        request,
        "forgotten_sent",
        title=_("Look at your e-mail"),
        minutes=minutes,
        most=settings.PASSWORD_LINKS_PER_USER,
    )


class ChoosePasswordView(PasswordResetConfirmView):
    """``is_good`` says what else has to hold, beside the token, for the link to work."""

    template_name = "access/choose_password.html"
    form_class = NewPasswordForm
    invited = False

    def get_user(self, uidb64: str) -> User | None:
        user: Any = super().get_user(uidb64)
        good = user is not None and user.is_active and user.is_staff and passwords_let_in(user) and self.is_good(user)
        return user if good else None

    def is_good(self, user: User) -> bool:
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**super().get_context_data(**kwargs), **admin.site.each_context(self.request)}
        title = _("Choose a password") if context["validlink"] else _("This link does not work any more")
        return {**context, "title": title, "invited": self.invited, "passwords_for_all": settings.PASSWORD_SIGN_IN}

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it with the account locked: two windows with one link set one password."""
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        chosen_for: Any = self.user
        if self.request.user.pk == chosen_for.pk:
            logout(self.request)
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=chosen_for.pk)
            if not self.token_generator.check_token(user, token):
                self.validlink = False
                return self.render_to_response(self.get_context_data())
            form.user = user
            form.save()
            invitations.note_used(user)
            passwords.set_with_link(self.request, user)
        lockout.forget_callers_failures(self.request, user)
        messages.success(
            self.request,
            _("Your password is set. Sign in with it, as %(name)s.") % {"name": user.get_username()},
        )
        return HttpResponseRedirect(reverse("admin:login"))


class PasswordLinkView(ChoosePasswordView):
    token_generator = forgotten.PasswordLinkTokens()


class InvitedView(ChoosePasswordView):
    token_generator = invitations.InvitationTokens()
    invited = True

    def is_good(self, user: User) -> bool:
        return invitations.open_of(user, with_provider=False) is not None


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The theme's, whose former password is counted like any other."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        typed: str = self.cleaned_data["old_password"]
        refusal = proving.refusal_of_password(self.request, self.user, typed)
        if refusal:
            raise ValidationError(refusal)
        return typed


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if may_use_password(user):
            return super().dispatch(request, *args, **kwargs)
        messages.info(
            request,
            _("You have no password here: you sign in with %(provider)s, and change the password there.")
            % {"provider": settings.OIDC_NAME or _("your provider")},
        )
        return redirect("admin:account")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **admin.site.each_context(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            passwords.changed_by_user(self.request, form.user)
        return answer


def change_own(request: HttpRequest) -> HttpResponseBase:
    return OwnPasswordView.as_view(success_url=reverse("admin:password_change_done"))(request)
