"""The note about whom an upgrade linked with which employee."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from employees.access.employee_links import dismiss, may_link


@require_POST
def _dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    if not may_link(request.user):
        raise PermissionDenied
    if dismiss(pk=pk, by=request.user):
        messages.success(request, _("The note about the linked users is put away."))
    else:
        messages.info(request, _("The note was put away before: there is nothing left to do."))
    return redirect("admin:index")


def dismiss_linking_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever is not signed in is asked to."""
    answer: HttpResponse = admin.site.admin_view(_dismiss)(request, pk=pk)
    return answer
