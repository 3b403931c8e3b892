"""Names the signed-in user as the author of a request's changes."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from integrations.core.hub.acting import acting_as


class ActingUserMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Anonymous users have no id; AuthenticationMiddleware stands before this one.
        with acting_as(user_id=request.user.pk):
            return self.get_response(request)
