"""What the contract asks of a vendor: the one object that an integration's test folder gives to it.

A driver writes and reads the sandbox in the vendor's own words and shares nothing with the integration's mappers: a
mistake of theirs cannot cancel itself out. Values are those of ``integrations.core.kinds``, by the names of the
integration's declared fields.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import pytest
from pytest_django import Settings

from integrations.core.models import Connection
from tests.sandbox_client import SandboxClient

Values = Mapping[str, Any]


class Call(NamedTuple):
    """A kind of call to the vendor: its method, and a regular expression found in its path."""

    method: str
    path: str

    @property
    def rule(self) -> dict[str, str]:
        return {"method": self.method, "path": self.path}


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A field that goes both ways, with three values that a person may have at either side, all different.

    ``stored_in`` are the beginnings of the vendor's own properties, as ``Driver.raw`` names them, that hold it;
    ``texts`` are the vendor's names of its texts, as a fault that keeps or cuts them asks for.
    """

    name: str
    values: tuple[Any, Any, Any]
    stored_in: tuple[str, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why the vendor does not let somebody connect: how it comes about and ends, and words of what is said then.

    ``how`` is handed to ``connect``: what somebody does or enters wrongly.
    """

    says: tuple[str, ...]
    how: Mapping[str, str] = field(default_factory=dict)
    begin: Callable[[Any], None] = lambda driver: None
    end: Callable[[Any], None] = lambda driver: None


class Driver(ABC):
    """One vendor at the sandbox. A test has one of its own, at a sandbox that has just started."""

    integration: ClassVar[str]
    # The hub company's country and time zone.
    company: ClassVar[Mapping[str, str]]
    # The vendor companies, as `Connection.account_id` holds them.
    account: ClassVar[str]
    other_account: ClassVar[str]
    obstacles: ClassVar[Mapping[str, Obstacle]]
    # Where tokens come from; where the API is, which all its calls' paths hold.
    token_path: ClassVar[str]
    api_path: ClassVar[str]
    create_call: ClassVar[Call]
    update_call: ClassVar[Call]
    # Two fields that travel both ways and are no match keys; their texts are named.
    edited: ClassVar[Edited]
    also_edited: ClassVar[Edited]
    # A field without which nobody is created at the vendor.
    required: ClassVar[str]
    # A field that is masked for whoever may not see it in full.
    sensitive: ClassVar[Edited]
    # A national ID of the company's country that nobody has (`identify`).
    national_id: ClassVar[str]
    # The credentials of the app itself.
    app_secrets: ClassVar[tuple[str, ...]]

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox = sandbox

    # --- Connecting -----------------------------------------------------------------------------------------

    @abstractmethod
    def connect(self, connection: Connection, *, account: str = "", **how: str) -> Connection:
        """Connect as a person does, whatever the vendor asks of them; the terms are accepted already.

        ``account`` is the vendor company, else the first; ``how`` comes from an obstacle. Raises AuthorisationFailed.
        """

    @abstractmethod
    def withdraw(self) -> None:
        """Withdraw the authorisation at the vendor: no token that was given out is good any more."""

    def end_token(self) -> None:
        """End the tokens in use before their time; another one is given to whoever asks."""
        self.sandbox.tokens(self.integration, action="expire_access")

    def allow_again(self) -> None:
        """Undo what ``withdraw`` did where connecting again alone does not."""
        self.mend()

    def hasten(self, *, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        """Lift the rate limit; a subclass shortens waits of its own, too: the core's are short already."""
        self.sandbox.limits(vendor=self.integration, requests=10_000, seconds=1)

    # --- People at the vendor -------------------------------------------------------------------------------

    @abstractmethod
    def values(self, number: int) -> dict[str, Any]:
        """Return all that person ``number`` may be created with on either side; different in all that is unique."""

    @abstractmethod
    def add(self, values: Values) -> str:
        """Add a person as somebody at the vendor does, in a spelling of its own where it has one; returns the ID."""

    @abstractmethod
    def change(self, right_id: str, values: Values) -> None:
        """Change a person as somebody at the vendor does."""

    @abstractmethod
    def identify(self, right_id: str, national_id: str) -> None:
        """Give a person at the vendor a national ID, as somebody there does."""

    @abstractmethod
    def read(self, right_id: str) -> dict[str, Any]:
        """Return the vendor's person now: every declared field, None where it is empty."""

    @abstractmethod
    def document(self, right_id: str) -> Mapping[str, Any]:
        """Return all that the vendor holds of the person, in its own words."""

    @abstractmethod
    def remove(self, right_id: str) -> None:
        """Delete a person as somebody at the vendor does."""

    @abstractmethod
    def ids(self) -> list[str]:
        """Return everybody whom the vendor holds."""

    def raw(self, right_id: str) -> dict[str, Any]:
        """Return the document's single properties: ``{"phones[0].number": 41000000}``."""
        return dict(_leaves(self.document(right_id)))

    # --- What goes wrong ------------------------------------------------------------------------------------

    @abstractmethod
    def refuse_next(self, call: Call, *, message: str) -> None:
        """Refuse the next such write with the vendor's own answer, its message being ``message``."""

    def lose_answer_of_next(self, call: Call, *, done: bool) -> None:
        """Cut the next such call off: after the vendor has done it, or before."""
        self._fault(call, action="drop_after" if done else "drop")

    def limit_next(self, call: Call, *, count: int) -> None:
        """Answer the next such calls with the vendor's rate limit."""
        self._fault(call, action="refuse", status=429, count=count)

    def fail_all_at(self, path: str) -> None:
        """Let the vendor be out of order at a part of its addresses, until ``mend``."""
        self._fault(Call("", path), action="refuse", status=503, every=True)

    def mend(self) -> None:
        self.sandbox.clear_faults()
        self.sandbox.down(vendor=self.integration, down=False)

    def go_down(self) -> None:
        """Let the vendor be away, until ``mend``."""
        self.sandbox.down(vendor=self.integration)

    def writes(self) -> list[tuple[str, bool]]:
        """Return method and path of every write to the API since the calls were cleared, and whether it was done."""
        return [
            (f"{call['method']} {call['path']}", call["worked"]) for call in self.calls() if call["method"] != "GET"
        ]

    def calls(self) -> list[dict[str, Any]]:
        """Return every call to the API since they were cleared."""
        return [call for call in self.sandbox.calls(path=self.api_path) if call["vendor"] == self.integration]

    def _fault(self, call: Call, **fault: Any) -> None:
        self.sandbox.faults([{"vendor": self.integration, **call.rule, **fault}])


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{place}]")
    else:
        yield path, value
