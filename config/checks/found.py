"""What a rule finds, and what several rules ask."""

import ipaddress
import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """The variable's name, what is wrong with it, and what to write; no value, which may be a secret."""

    name: str
    wrong: str
    write: str

    @property
    def id(self) -> str:
        return f"samklang.{self.name}"


def is_here(host: str | None) -> bool:
    """Whether only this machine is reached there; no host, or a path, is a socket's."""
    name = (host or "").strip("[]").lower().rstrip(".")
    if not name or name.startswith("/"):
        return True
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf
