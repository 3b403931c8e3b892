"""What all of the API's requests have in common: parameters, pages, and the wrapper of a body."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from integrations.sandbox.fortnox import errors
from integrations.sandbox.fortnox.errors import ApiError
from integrations.sandbox.messages import BadBodyError, Request

LARGEST_PAGE = 500
DEFAULT_PAGE = 100
PAGING = frozenset({"page", "limit", "offset"})
RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Page:
    start: int
    limit: int
    number: int
    filters: dict[str, str] = field(default_factory=dict)


def read_page(request: Request, *, filters: frozenset[str]) -> Page:
    """Return the page asked for; of the resource's own filters a request may carry one. Raises ApiError."""
    refuse_parameters(request, allowed=PAGING | filters)
    parameters = request.parameters()
    number = _count(parameters, "page", 1)
    limit = _count(parameters, "limit", DEFAULT_PAGE)
    chosen = {name: parameters[name] for name in filters & set(parameters)}
    if limit > LARGEST_PAGE or len(chosen) > 1:
        raise ApiError(errors.BAD_PARAMETER, "Ogiltig parameter i anropet.")
    start = (number - 1) * limit
    if "offset" in parameters:
        start = _count(parameters, "offset", 0, least=0)
        number = start // limit + 1
    return Page(start=start, limit=limit, number=number, filters=chosen)


def cut_page(rows: list[RowT], page: Page, *, listing_fault: str) -> tuple[list[RowT], dict[str, int]]:
    """Return the page's rows and the MetaInformation, or what a fault makes of them."""
    total = len(rows)
    start = 0 if listing_fault == "repeat_page" else page.start
    chosen = rows[start : start + page.limit]
    if listing_fault == "short_page":
        chosen = chosen[:-1]
    if listing_fault == "wrong_total":
        total += 1
    meta = {"@TotalResources": total, "@TotalPages": -(-total // page.limit), "@CurrentPage": page.number}
    return chosen, meta


def refuse_parameters(request: Request, *, allowed: frozenset[str] = frozenset()) -> None:
    if set(request.parameters()) - allowed:
        raise ApiError(errors.BAD_PARAMETER, "Ogiltig parameter i anropet.")


def read_wrapped(request: Request, wrapper: str) -> dict[str, Any]:
    """Return the inside of the body's wrapper. Raises ApiError."""
    if request.content_type() != "application/json":
        raise ApiError(errors.CONTENT_TYPE, "Ogiltig content-type.")
    try:
        body = request.json()
    except BadBodyError as error:
        raise ApiError(errors.BAD_JSON, "Felaktig JSON.") from error
    if not isinstance(body, dict) or set(body) != {wrapper} or not isinstance(body[wrapper], dict):
        raise ApiError(errors.NO_DATA, "Ingen eller felaktig data skickades.")
    inside: dict[str, Any] = body[wrapper]
    return inside


def _count(parameters: dict[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = parameters.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise ApiError(errors.NOT_NUMERIC, f"Värdet måste vara numeriskt. ({name})")
    return int(text)
