"""Resetting somebody's second factor, for whoever has lost the phone and the recovery codes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from employees.access import accounts, second_factor
from employees.access.companies import companies_seen
from employees.access.pages.frame import page
from employees.shown import NotAsShown, fingerprint, posted_fingerprint, posted_time
from employees.users import user_name

MAY_RESET = "access.reset_second_factor"


def may_reset(request: HttpRequest, user: User) -> bool:
    """Whoever resets an operator's must be one; nobody resets the own one, which a code is needed for.

    Users are all companies': whoever sees chosen ones alone does not look after them.
    """
    by: Any = request.user
    above = user.is_superuser and not by.is_superuser
    return by.has_perm(MAY_RESET) and companies_seen(by) is None and by.pk != user.pk and not above


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
        try:
            _reset_as_shown(request, pk)
        except NotAsShown as stale:
            messages.error(request, str(stale))
            return redirect(request.path)
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
        made_from=_shown(user),
    )


def _reset_as_shown(request: HttpRequest, pk: int) -> None:
    """Take away what the page showed: a phone that was set up since then is another one. Raises NotAsShown."""
    by: Any = request.user
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=pk)
        if posted_fingerprint(request) != _shown(user):
            raise NotAsShown(accounts.happened_to(user, posted_time(request)))
        second_factor.reset(user, by=by)


def _shown(user: User) -> str:
    device = second_factor.device_of(user)
    return fingerprint(user.pk, user_name(user), user.email, device.pk if device else None)
