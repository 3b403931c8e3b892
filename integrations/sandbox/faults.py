"""Rules that make the k-th matching call go wrong."""

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.messages import Request, Response, encode_any

LISTING_ACTIONS = frozenset({"repeat_page", "short_page", "wrong_total"})
# The vendor does something else than it was sent, and answers as if it had done that.
FALSE_ACTIONS = frozenset({"pretend", "cut"})
# The answer comes, or the connection is closed, before the work is done, if it ever is.
WITHOUT_WORK = frozenset({"refuse", "drop", "late", "late_trickle"})
OTHER_ACTIONS = frozenset(
    {"delay", "drop_after", "broken_json", "edit_after", "odd_row", "move_list", "replace", "trickle"}
)
ACTIONS = LISTING_ACTIONS | FALSE_ACTIONS | WITHOUT_WORK | OTHER_ACTIONS


class BadRuleError(ValueError):
    """A fault rule that says nothing the sandbox can do."""


@dataclass
class FaultRule:
    action: str
    vendor: str = ""  # empty: any
    method: str = ""  # empty: any
    path: str = ""  # regular expression, searched in path and query
    k: int = 1  # the first matching call that goes wrong
    count: int = 1  # how many, from the k-th on
    every: bool = False  # all of them instead
    status: int = 500
    body: Any = ""  # JSON, or a text sent as it is
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # of `delay`, `late` and the trickles
    fields: list[str] = field(default_factory=list)  # of `pretend` and `cut`: the vendor's names, at any depth
    longest: int = 0  # of `cut`: so many characters of each are kept
    collection: str = ""  # of `edit_after`: the collection and the record that somebody changes, and the new values
    record: str = ""
    values: dict[str, Any] = field(default_factory=dict)  # or, of `odd_row`, those that stand over the record's own
    at: int = 0  # of `odd_row`: the number of the record in the list
    row: Any = None  # what stands in its place
    tenant: str | None = None  # of `move_list`, as are the next; `collection` empty: employees
    remove: list[str] = field(default_factory=list)
    add: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise BadRuleError(f"Unknown action {self.action!r}; there are {', '.join(sorted(ACTIONS))}.")
        try:
            self._pattern = re.compile(self.path)
        except re.error as error:
            raise BadRuleError(f"The path {self.path!r} is not a regular expression.") from error

    def matches(self, vendor: str, request: Request) -> bool:
        if self.vendor not in {"", vendor} or self.method.upper() not in {"", request.method}:
            return False
        return self._pattern.search(request.target) is not None

    def is_due(self) -> bool:
        return self.every or self.k <= self.seen < self.k + self.count

    def response(self) -> Response:
        if isinstance(self.body, str):
            content, kind = encode_any(self.body), "text/plain; charset=utf-8"
        else:
            content = encode_any(json.dumps(self.body, ensure_ascii=False))
            kind = "application/json; charset=utf-8"
        return Response(self.status, content, tuple({"Content-Type": kind, **self.headers}.items()))


class FaultRules:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []

    def add(self, rules: list[dict[str, Any]]) -> None:
        """Raises BadRuleError, and then adds none."""
        try:
            made = [FaultRule(**rule) for rule in rules]
        except TypeError as error:
            raise BadRuleError(str(error)) from error
        with self._lock:
            self._rules.extend(made)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def fire(self, vendor: str, request: Request) -> FaultRule | None:
        """Count the call in every rule that it matches; return the first that is due."""
        with self._lock:
            due: FaultRule | None = None
            for rule in self._rules:
                if not rule.matches(vendor, request):
                    continue
                rule.seen += 1
                if due is None and rule.is_due():
                    due = rule
                    rule.fired += 1
            return due

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{name: value for name, value in vars(rule).items() if name[0] != "_"} for rule in self._rules]
