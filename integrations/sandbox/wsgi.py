"""The WSGI program: control pages, and the vendors with their limits, delays and faults."""

import html
import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from integrations.sandbox.calls import Call
from integrations.sandbox.falsifying import falsified
from integrations.sandbox.faults import FALSE_ACTIONS, LISTING_ACTIONS, WITHOUT_WORK, FaultRule
from integrations.sandbox.messages import (
    BadBodyError,
    ConnectionDroppedError,
    Request,
    Response,
    html_response,
    json_response,
)
from integrations.sandbox.odd import move_list, put_odd
from integrations.sandbox.router import answer_control
from integrations.sandbox.vendor import Vendor
from integrations.sandbox.world import World


class Trickle(list[bytes]):
    """A body that takes so many seconds to come, a few bytes at a time, its head included."""

    def __init__(self, pieces: Iterable[bytes], *, seconds: float, ends: bool) -> None:
        super().__init__(pieces)
        self.seconds, self.ends = seconds, ends


class Sandbox:
    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = read_request(environ)
        response = self._respond(request)
        start_response(response.status_line, list(response.headers))
        body = b"" if request.method == "HEAD" else response.body
        return Trickle([body], seconds=response.seconds, ends=response.ends) if response.seconds else [body]

    def _respond(self, request: Request) -> Response:
        first = request.path.strip("/").partition("/")[0]
        if first == "_sandbox":
            return answer_control(self.world, request)
        if first in self.world.vendors:
            return self._call(self.world.vendors[first], request)
        if request.path == "/":
            return html_response(self._index())
        return json_response({"error": "There is no such vendor."}, status=404)

    def _call(self, vendor: Vendor, request: Request) -> Response:
        call = self.world.calls.arrived(
            vendor=vendor.name,
            method=request.method,
            path=request.target,
            body=_logged_body(request),
        )
        try:
            response = self._judge(vendor, request, call)
            call.status = response.status
            return response
        finally:
            call.end = time.time()

    def _judge(self, vendor: Vendor, request: Request, call: Call) -> Response:
        down = self.world.down.get(vendor.name)
        if down == "drop":
            raise ConnectionDroppedError
        if down:
            return json_response({"message": "Service unavailable"}, status=503)
        with self.world.lock:
            key = vendor.limit_key(request)
        window = self.world.limits[vendor.name]
        if key and not window.admits(key):
            headers = {} if window.retry_after is None else {"Retry-After": f"{window.retry_after:g}"}
            return json_response({"message": "Too many requests"}, status=429, headers=headers)
        fault = self.world.faults.fire(vendor.name, request)
        if fault is None:
            return self._work(vendor, request, call, delay=self.world.delay(vendor, request))
        call.fault = fault.action
        return self._go_wrong(fault, vendor, request, call)

    def _go_wrong(self, fault: FaultRule, vendor: Vendor, request: Request, call: Call) -> Response:
        delay = self.world.delay(vendor, request)
        if fault.action in WITHOUT_WORK:
            return self._answer_without_work(fault, vendor, request, call, delay=delay)
        if fault.action == "delay":
            time.sleep(fault.seconds)
        if fault.action == "move_list":
            self._move_list(fault, vendor)
        if fault.action == "pretend" and request.method == "DELETE":
            return Response(200)
        if fault.action in FALSE_ACTIONS:
            request = falsified(fault, request, read=lambda reading: self._read(vendor, reading))
        listing_fault = fault.action if fault.action in LISTING_ACTIONS else ""
        response = self._work(vendor, request, call, delay=delay, listing_fault=listing_fault)
        if fault.action in FALSE_ACTIONS:
            call.made = _decoded(response)
        if fault.action == "edit_after":
            call.made = self._edit_after(fault, vendor, request)
        return _spoil(fault, response)

    def _answer_without_work(
        self, fault: FaultRule, vendor: Vendor, request: Request, call: Call, *, delay: float
    ) -> Response:
        """Answer, or do not, before the work is done, if it ever is."""
        if fault.action in {"late", "late_trickle"}:
            self._work_later(fault.seconds, vendor, request, call)
        if fault.action == "late_trickle":
            begun = fault.response()
            return replace(begun, status=200, body=begun.body or b"{}", seconds=fault.seconds, ends=False)
        if fault.action == "refuse":
            time.sleep(delay)
            return fault.response()
        raise ConnectionDroppedError

    def _work(self, vendor: Vendor, request: Request, call: Call, *, delay: float, listing_fault: str = "") -> Response:
        # Half of the way there, half of the way back.
        time.sleep(delay / 2)
        with self.world.lock:
            response = vendor.handle(request, now=self.world.now(), listing_fault=listing_fault)
            call.worked = True
        time.sleep(delay / 2)
        return response

    def _move_list(self, fault: FaultRule, vendor: Vendor) -> None:
        with self.world.lock:
            collection = vendor.collection(fault.collection or "employees", tenant=fault.tenant)
            move_list(collection, remove=fault.remove, add=fault.add)

    def _edit_after(self, fault: FaultRule, vendor: Vendor, request: Request) -> dict[str, Any]:
        record = fault.record or request.path.rpartition("/")[2]
        with self.world.lock:
            collection = vendor.collection(fault.collection, tenant=None)
            before = collection.one(record)
            return {"before": before, "after": collection.change(record, fault.values)}

    def _read(self, vendor: Vendor, request: Request) -> Any:
        """Return what the vendor holds at an address, None where it answers with an error."""
        with self.world.lock:
            response = vendor.handle(request, now=self.world.now(), listing_fault="")
        return _decoded(response) if response.status == 200 else None

    def _work_later(self, seconds: float, vendor: Vendor, request: Request, call: Call) -> None:
        generation = self.world.generation

        def work() -> None:
            with self.world.lock:
                if self.world.generation == generation:
                    vendor.handle(request, now=self.world.now(), listing_fault="")
                    call.worked = True

        timer = threading.Timer(seconds, work)
        timer.daemon = True
        timer.start()

    def _index(self) -> str:
        names = "".join(f"<li><code>/{html.escape(name)}</code></li>" for name in self.world.vendors)
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox</title>'
            f"<h1>Sandbox</h1><p>Plays these vendors:</p><ul>{names}</ul>"
            '<p><a href="/_sandbox/calls">The calls received</a></p></html>'
        )


def _spoil(fault: FaultRule, response: Response) -> Response:
    """Return what arrives of the answer, once the work is done."""
    if fault.action in {"drop_after", "edit_after"}:
        raise ConnectionDroppedError
    if fault.action == "replace":
        return fault.response()
    if fault.action == "trickle":
        return replace(response, seconds=fault.seconds)
    if fault.action == "odd_row":
        return put_odd(response, at=fault.at, row=fault.row, values=fault.values)
    if fault.action == "broken_json":
        return replace(response, body=response.body[: len(response.body) // 2] or b"{")
    return response


def read_request(environ: dict[str, Any]) -> Request:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    host = headers.get("host") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        base_url=f"{environ['wsgi.url_scheme']}://{host}",
    )


def _decoded(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _logged_body(request: Request) -> Any:
    """Return what a write to an API carries; the forms of OAuth hold secrets and are not kept."""
    kind = request.content_type()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return request.json()
    except BadBodyError:
        return request.body.decode("utf-8", "replace")
