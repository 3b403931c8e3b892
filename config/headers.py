"""What browsers are told with every page: where scripts may come from, and what a page may do (OP-02)."""

from collections.abc import Callable
from typing import Any, Final

from csp.constants import NONCE, NONE, SELF
from django.http import HttpRequest, HttpResponse

# No script of a page's own and no eval: scripts are files. A page that leads to a vendor's sign-in adds the vendor to
# `form-action`. In styles the nonce is for the theme's colours, and the pictures in texts are of its style sheet.
CONTENT_SECURITY_POLICY: Final[dict[str, Any]] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "frame-src": [NONE],
        "object-src": [NONE],
    }
}
NOTHING_OF_THE_DEVICE: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


class PermissionsPolicyMiddleware:
    """No page needs anything of the device."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", NOTHING_OF_THE_DEVICE)
        return response
