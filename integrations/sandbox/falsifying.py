"""What a vendor does that answers as if it had done what it was sent: it keeps old values, or cuts long texts."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from integrations.sandbox.faults import FaultRule
from integrations.sandbox.messages import BadBodyError, Request

# Stands for a value that the vendor had not before.
MISSING = object()


def falsified(fault: FaultRule, request: Request, *, read: Callable[[Request], Any]) -> Request:
    """Return the write as the vendor does it; ``read`` answers a GET with its JSON, None where there is nothing.

    `pretend` gives the named fields the values from before; `cut` the beginnings of their texts.
    """
    try:
        sent = request.json()
    except BadBodyError:
        return request
    if fault.action == "cut":
        done = _cut(sent, fault.fields, fault.longest)
    else:
        reading = replace(request, method="GET", body=b"")
        done = _as_before(sent, read(reading) if request.method in ("PUT", "PATCH") else None, fault.fields)
    return replace(request, body=json.dumps(done, ensure_ascii=False).encode())


def _cut(value: Any, names: Collection[str], longest: int) -> Any:
    if isinstance(value, list):
        return [_cut(each, names, longest) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: each[:longest] if name in names and isinstance(each, str) else _cut(each, names, longest)
        for name, each in value.items()
    }


def _as_before(sent: Any, before: Any, names: Collection[str]) -> Any:
    """Return what was sent with the named fields as they were, at any depth; a field that was not there is left out."""
    if isinstance(sent, list):
        olds = before if isinstance(before, list) else []
        return [_as_before(each, olds[place] if place < len(olds) else None, names) for place, each in enumerate(sent)]
    if not isinstance(sent, dict):
        return sent
    held = before if isinstance(before, dict) else {}
    done: dict[str, Any] = {}
    for name, value in sent.items():
        if name not in names:
            done[name] = _as_before(value, held.get(name), names)
        elif (old := held.get(name, MISSING)) is not MISSING:
            done[name] = old
    return done
