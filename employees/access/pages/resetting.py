"""Resetting somebody's second factor, for whoever has lost the phone and the recovery codes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from employees.access import second_factor
from employees.access.pages.frame import page
from employees.users import user_name

MAY_RESET = "access.reset_second_factor"


def may_reset(request: HttpRequest, user: User) -> bool:
    """Whoever resets an operator's must be one; nobody resets the own one, which a code is needed for."""
    by: Any = request.user
    return by.has_perm(MAY_RESET) and by.pk != user.pk and (by.is_superuser or not user.is_superuser)


def reset(request: HttpRequest, pk: int) -> HttpResponse:
    by: Any = request.user
    if not by.has_perm(MAY_RESET):
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    if not may_reset(request, user):
        raise PermissionDenied
    back = reverse("admin:auth_user_change", args=[pk]) if by.has_perm("auth.view_user") else reverse("admin:index")
    has_one = second_factor.device_of(user) is not None
    if request.method == "POST" and has_one:
        second_factor.reset(user, by=by)
        messages.success(
            request,
            _("The second factor of %(name)s is reset, and %(name)s was told by e-mail.") % {"name": user_name(user)}
            if user.email
            else _("The second factor of %(name)s is reset. Tell %(name)s: there is no e-mail address.")
            % {"name": user_name(user)},
        )
        return redirect(back)
    title = _("Reset the second factor of %(name)s") % {"name": user_name(user)}
    return page(
        request,
        "reset",
        title=title,
        account=user,
        has_one=has_one,
        required=second_factor.is_required_of(user),
        back=back,
    )
