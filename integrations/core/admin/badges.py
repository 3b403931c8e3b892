"""The colours of states, once for all pages; a colour always stands beside the state's words."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import models

from integrations.core.models import Connection, Delivery, Link, Problem, SyncRow, SyncRun

GOOD: Final = "success"
AT_WORK: Final = "info"
ATTENTION: Final = "warning"
BAD: Final = "danger"
PLAIN: Final = ""

CONNECTION: Final = {
    Connection.State.DRAFT: PLAIN,
    Connection.State.AUTHORISED: AT_WORK,
    Connection.State.REVIEWING: ATTENTION,
    Connection.State.ACTIVE: GOOD,
    Connection.State.NEEDS_REAUTHORISATION: BAD,
    Connection.State.PAUSED: ATTENTION,
    Connection.State.DISCONNECTED: PLAIN,
}
RUN: Final = {
    SyncRun.State.REVIEW: ATTENTION,
    SyncRun.State.DONE: GOOD,
    SyncRun.State.DONE_WITH_PROBLEMS: ATTENTION,
    SyncRun.State.FAILED: BAD,
    **dict.fromkeys(SyncRun.AT_WORK, AT_WORK),
}
ROW: Final = {
    SyncRow.State.OPEN: ATTENTION,
    SyncRow.State.WRITTEN: GOOD,
    SyncRow.State.REFUSED: BAD,
    SyncRow.State.MOVED: ATTENTION,
    SyncRow.State.HELD: ATTENTION,
    SyncRow.State.UNKNOWN: ATTENTION,
    SyncRow.State.APPROVED: AT_WORK,
    SyncRow.State.WORKING: AT_WORK,
}
LINK: Final = {
    Link.State.ACTIVE: GOOD,
    Link.State.PROPOSED: AT_WORK,
    Link.State.GONE_LEFT: ATTENTION,
    Link.State.GONE_RIGHT: ATTENTION,
}
DELIVERY: Final = {
    Delivery.State.DONE: GOOD,
    Delivery.State.REFUSED: BAD,
    Delivery.State.VOID: ATTENTION,
    **dict.fromkeys(Delivery.OPEN, AT_WORK),
    Delivery.State.UNKNOWN: ATTENTION,
}
PROBLEM: Final = {
    Problem.State.OPEN: BAD,
    Problem.State.RETRIED: AT_WORK,
    Problem.State.SOLVED: GOOD,
}


def list_label(states: type[models.TextChoices], colours: Mapping[Any, str]) -> dict[str, str]:
    """Return a colour per state, for unfold's ``display(label=…)`` of a method that returns ``state_text``."""
    return {state.value: colours.get(state, PLAIN) for state in states}


def state_text(record: Any) -> tuple[str, str]:
    return record.state, record.get_state_display()


def badge(record: Any, colours: Mapping[Any, str]) -> dict[str, Any]:
    """Return ``{"text", "variant"}`` of a record's state for the templates."""
    return {"text": record.get_state_display(), "variant": colours.get(record.state, PLAIN)}
