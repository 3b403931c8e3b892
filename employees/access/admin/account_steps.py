"""The buttons of an account's page: each leads to a page that says what it does and asks."""

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from employees.access.pages.accounts import DEACTIVATE, INVITE, LET_IN, SEND_LINK, Step, decide

STEPS: Final = {"invite": INVITE, "send_link": SEND_LINK, "let_in": LET_IN, "deactivate": DEACTIVATE}


class AccountSteps:
    """Mixed into the admin of users, whose permissions it asks."""

    actions_detail = tuple(STEPS)

    @action(description=_("Invite"), url_path="invite")
    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, INVITE)

    @action(description=_("Send a link for a new password"), url_path="send-link")
    def send_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, SEND_LINK)

    @action(description=_("Let in again"), url_path="let-in")
    def let_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, LET_IN)

    @action(description=_("Deactivate"), url_path="deactivate")
    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, DEACTIVATE)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer what can be done with the account as it is."""
        found: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        user = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        if user is None or not self.has_change_permission(request, user):  # type: ignore[attr-defined]
            return []
        possible = {f"auth_user_{name}" for name, step in STEPS.items() if not step.why_not(user, request.user)}
        return [each for each in found if each.action_name in possible]

    def _decide(self, request: HttpRequest, object_id: str, step: Step) -> HttpResponse:
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        user = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):  # type: ignore[attr-defined]
            raise PermissionDenied
        return decide(request, step, user.pk)
