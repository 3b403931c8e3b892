from tests.core.push.conftest import both
from tests.core.runs.conftest import _short_waits, connection

__all__ = ["_short_waits", "both", "connection"]
