"""What the sandbox asks of every vendor that it plays."""

from typing import Any, Protocol

from integrations.sandbox.limits import SlidingWindow
from integrations.sandbox.messages import Request, Response


class UnknownError(LookupError):
    """The control page asked for something that is not there."""


class Collection(Protocol):
    """Records of one kind, as somebody at the vendor's own screens sees and changes them."""

    def everything(self) -> list[dict[str, Any]]: ...

    def one(self, record_id: str) -> dict[str, Any]: ...

    def add(self, record: dict[str, Any]) -> dict[str, Any]: ...

    def change(self, record_id: str, values: dict[str, Any]) -> dict[str, Any]: ...

    def remove(self, record_id: str) -> None: ...


class Vendor(Protocol):
    """One vendor; its calls are made one at a time, under the sandbox's lock."""

    name: str

    def rate_limit(self) -> SlidingWindow:
        """Return a fresh window of the vendor's published size."""
        ...

    def handle(self, request: Request, *, now: float, listing_fault: str) -> Response: ...

    def is_page(self, request: Request) -> bool:
        """Whether a person's browser asks, who is not slowed down."""
        ...

    def limit_key(self, request: Request) -> str:
        """Return whose rate limit the call counts against; empty: nobody's."""
        ...

    def collection(self, name: str, *, tenant: str | None) -> Collection:
        """Raises UnknownError."""
        ...

    def seed_people(self, *, people: int, seed: int, tenant: str | None) -> int:
        """Replace the tenant's people by seeded ones and return how many there are. Raises UnknownError."""
        ...

    def settings(self) -> dict[str, Any]: ...

    def change_settings(self, values: dict[str, Any]) -> None:
        """Raises UnknownError."""
        ...

    def change_tokens(self, action: str, *, tenant: str | None) -> None:
        """Expire or withdraw what was given out. Raises UnknownError."""
        ...
