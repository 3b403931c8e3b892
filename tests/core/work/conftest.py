"""A connection whose first synchronisation is done, as for the push."""

from tests.core.push.conftest import _short_waits, both, connection

__all__ = ["_short_waits", "both", "connection"]
