"""What goes in and out of the sandbox's pages: one request, one response."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


class ConnectionDroppedError(Exception):
    """The server closes the connection without a word."""


class BadBodyError(Exception):
    """The body is not what its reader expects."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    base_url: str = ""

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The decoded body; an empty body is None. Raises BadBodyError."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BadBodyError("The body is not JSON.") from error

    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    # So long the answer takes to come, and whether it ever comes to its end.
    seconds: float = 0.0
    ends: bool = True

    @property
    def status_line(self) -> str:
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Unknown"


def json_response(payload: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = encode_any(json.dumps(payload, ensure_ascii=False, separators=(",", ":")))
    return Response(status, body, (("Content-Type", "application/json; charset=utf-8"), *(headers or {}).items()))


def encode_any(text: str) -> bytes:
    """Half of a surrogate pair goes as the bytes that a careless program would write for it."""
    return text.encode("utf-8", "surrogatepass")


def html_response(page: str, *, status: int = 200) -> Response:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))
    return Response(status, page.encode(), headers)


def redirect_response(address: str, parameters: dict[str, str]) -> Response:
    """Send the browser to the address, the parameters added to those that it has."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()])
    return Response(302, b"", (("Location", urlunsplit(parts._replace(query=query))), ("Cache-Control", "no-store")))
