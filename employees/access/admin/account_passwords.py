"""The page on which a superuser sets somebody else's password, or takes it away."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from employees.access import accounts, passwords
from employees.access.accounts import may_use_password
from employees.access.pages import proof
from employees.kept.never import never_kept


class AccountPasswords:
    """Mixed into the admin of users."""

    @never_kept
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Let nobody but a superuser choose somebody's password: operators send links."""
        by: Any = request.user
        if not by.is_superuser:
            raise PermissionDenied
        user: User | None = self.get_object(request, unquote(id))  # type: ignore[attr-defined]
        own = user is not None and user.pk == by.pk
        if own:
            # There the former password is asked for; whoever has none proves it otherwise.
            asked = redirect("admin:password_change") if may_use_password(by) else proof.ask(request, then=request.path)
            if asked is not None:
                return asked
        # The page has no button for it; whoever posts it by hand shuts nobody out either.
        stays = accounts.why_it_stays(user) if user is not None and _takes_away(request) else ""
        if stays:
            messages.error(request, stays)
            return redirect(request.path)
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
            changed = user and User.objects.exclude(password=user.password).filter(pk=user.pk).first()
            if changed and own:
                passwords.changed_by_user(request, changed)
            elif changed:
                passwords.set_by_other(changed, request=request, by=by)
        return answer


def _takes_away(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("usable_password", "").strip().lower() == "false"
