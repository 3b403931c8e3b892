"""The notes about what an upgrade changed of roles."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from employees.access.role_changes import dismiss, may_see_changes


@require_POST
def _dismiss_role_change(request: HttpRequest, pk: int) -> HttpResponse:
    if not may_see_changes(request.user):
        raise PermissionDenied
    if dismiss(pk=pk, by=request.user):
        messages.success(request, _("The note about the changed role is put away."))
    else:
        messages.info(request, _("The note was put away before: there is nothing left to do."))
    return redirect("admin:index")


def dismiss_role_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever is not signed in is asked to."""
    answer: HttpResponse = admin.site.admin_view(_dismiss_role_change)(request, pk=pk)
    return answer
