"""What a run was compared under: a review that would show others, or other values, by now holds no more (G-21)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.core.declare import NOTHING
from integrations.core.models import Connection, SyncRun
from integrations.core.registry import connector_class

# In a run's options.
SETTINGS: Final = "settings"
SCOPE: Final = "scope"


def compared_under(connection: Connection) -> dict[str, Any]:
    """Return what a run keeps in its options of the connection that it has compared."""
    return {SETTINGS: connection.settings, SCOPE: connection.scope}


def shows_others(run: SyncRun) -> bool:
    """Whether others take part now than when the run compared; not of a run that did not keep who did."""
    return SCOPE in run.options and _people(run.options[SCOPE]) != _people(run.connection.scope)


def shows_other_values(run: SyncRun) -> bool:
    """Whether other values are compared now, or in another way; settings that say nothing of that do not count."""
    return SETTINGS in run.options and _values(run, run.options[SETTINGS]) != _values(run, run.connection.settings)


def _people(scope: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    return {name: sorted(chosen) for name, chosen in scope.items() if chosen}


def _values(run: SyncRun, settings: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    connector = connector_class(run.connection.integration)(options=settings or NOTHING)
    return connector.sources(run.resource), connector.compares_by()
