"""Stand-ins that say at once when they do not fit what they stand in for any more."""

import inspect
from typing import Any


class StandIn:
    """Inherit from this first and from the real class second: all that is defined must replace something there.

    A method that has been renamed, or takes other arguments, would let the real one do the work. Raises TypeError.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, method in vars(cls).items():
            if inspect.isfunction(method) and not name.startswith("__"):
                real = next((base.__dict__[name] for base in cls.__mro__[1:] if name in base.__dict__), None)
                if real is None:
                    raise TypeError(f"{cls.__name__}.{name} replaces nothing in what it stands in for.")
                if _arguments(method) != _arguments(real):
                    raise TypeError(f"{cls.__name__}.{name} takes other arguments than what it stands in for.")


def _arguments(method: Any) -> list[tuple[str, Any]]:
    return [(each.name, each.kind) for each in inspect.signature(method).parameters.values()]
