"""Fortnox's error bodies. Codes without a published meaning for employees are 0, as the service does at times."""

from integrations.sandbox.messages import Response, json_response

UNPUBLISHED = 0
CONTENT_TYPE = 1000031
ACCEPT = 1000030
NOT_NUMERIC = 2000108
NOT_BOOLEAN = 2000134
BAD_CHARACTER = 2000359
BAD_PARAMETER = 2000588
NO_SCOPE = 2000663
NULL_VALUE = 2000699
BAD_IDENTIFIER = 2000729
NO_LICENCE = 2001101
NO_API_LICENCE = 2001103
NO_DATA = 2001392
UNKNOWN_FIELD = 2001399
BAD_JSON = 2002115


class ApiError(Exception):
    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def response(self, *, capitalised: bool) -> Response:
        """Capital initials are described; small ones occur, too."""
        names = ("Error", "Message", "Code") if capitalised else ("error", "message", "code")
        information = dict(zip(names, (1, self.message, self.code), strict=True))
        return json_response({"ErrorInformation": information}, status=self.status)


def required(field: str) -> ApiError:
    return ApiError(NULL_VALUE, f"Värdet kan inte vara null. ({field})")


def unauthorized() -> Response:
    return json_response({"message": "unauthorized"}, status=401)
