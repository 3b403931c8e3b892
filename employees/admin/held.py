"""What waits for a release of what somebody has just done."""

from django.contrib import messages
from django.http import HttpRequest

from employees.outgoing import held_of


def tell_held(request: HttpRequest, *, key: str) -> None:
    """Say what of the operation waits until somebody releases it, with a link for whoever may open it."""
    for each in held_of(key=key, user=request.user):
        messages.warning(request, each.text)
