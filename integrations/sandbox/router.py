"""Which control verb answers which address below `/_sandbox/`; README.md describes them."""

import re
from collections.abc import Callable
from typing import Any

from integrations.sandbox import control
from integrations.sandbox.faults import BadRuleError
from integrations.sandbox.messages import BadBodyError, Request, Response, json_response
from integrations.sandbox.vendor import UnknownError
from integrations.sandbox.world import World

Verb = Callable[..., Any]
ROUTES: tuple[tuple[str, str, Verb], ...] = (
    ("POST", r"reset", control.reset),
    ("POST", r"seed", control.seed),
    ("GET", r"state/(?P<vendor>\w+)/(?P<collection>\w+)", control.list_records),
    ("POST", r"state/(?P<vendor>\w+)/(?P<collection>\w+)", control.add_record),
    ("GET", r"state/(?P<vendor>\w+)/(?P<collection>\w+)/(?P<record_id>[^/]+)", control.show_record),
    ("PATCH", r"state/(?P<vendor>\w+)/(?P<collection>\w+)/(?P<record_id>[^/]+)", control.change_record),
    ("POST", r"state/(?P<vendor>\w+)/(?P<collection>\w+)/(?P<record_id>[^/]+)", control.change_record),
    ("DELETE", r"state/(?P<vendor>\w+)/(?P<collection>\w+)/(?P<record_id>[^/]+)", control.remove_record),
    ("GET", r"calls", control.list_calls),
    ("DELETE", r"calls", control.clear_calls),
    ("GET", r"faults", control.list_faults),
    ("POST", r"faults", control.add_faults),
    ("DELETE", r"faults", control.clear_faults),
    ("GET", r"down", control.show_down),
    ("POST", r"down", control.change_down),
    ("GET", r"settings/(?P<vendor>\w+)", control.show_settings),
    ("POST", r"settings/(?P<vendor>\w+)", control.change_settings),
    ("POST", r"tokens/(?P<vendor>\w+)", control.change_tokens),
    ("GET", r"limits", control.show_limits),
    ("POST", r"limits", control.change_limits),
    ("GET", r"latency", control.show_latency),
    ("POST", r"latency", control.change_latency),
    ("GET", r"clock", control.show_clock),
    ("POST", r"clock", control.change_clock),
)
COMPILED = tuple((method, re.compile(f"/_sandbox/{pattern}/?"), verb) for method, pattern, verb in ROUTES)


def answer_control(world: World, request: Request) -> Response:
    found = [(method, match, verb) for method, pattern, verb in COMPILED if (match := pattern.fullmatch(request.path))]
    if not found:
        return json_response({"error": "There is no such control page."}, status=404)
    for method, match, verb in found:
        if method == request.method:
            return _run(world, request, verb, match.groupdict())
    return json_response({"error": "Not with this method."}, status=405)


def _run(world: World, request: Request, verb: Verb, arguments: dict[str, str]) -> Response:
    try:
        with world.lock:
            answer = verb(world, request, **arguments)
        # Outside the lock: the full list of 100,000 people takes a second to write.
        return json_response(answer)
    except UnknownError as error:
        return json_response({"error": str(error)}, status=404)
    except (BadRuleError, BadBodyError, KeyError, TypeError, ValueError) as error:
        return json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
