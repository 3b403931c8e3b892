"""The bodies of refusals: Visma publishes none for the Employee API, so these are plain."""

import json
from typing import Any

from integrations.sandbox.messages import Response, json_response

MEDIA_TYPE = "application/vnd.no.payroll.employee.V2.0+json"


class ApiError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def response(self) -> Response:
        return json_response({"message": self.message}, status=self.status)


def api_response(payload: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, (("Content-Type", MEDIA_TYPE), *(headers or {}).items()))


def oauth_error(error: str, description: str, *, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": description}, status=status)
