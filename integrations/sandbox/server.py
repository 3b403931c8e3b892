"""A threaded HTTP/1.1 server for one WSGI program; connections are kept alive and can be dropped."""

import contextlib
import io
import math
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from integrations.sandbox.messages import ConnectionDroppedError
from integrations.sandbox.wsgi import Sandbox, Trickle

# Between two pieces of an answer that trickles: far below any time-out of a single read.
TRICKLE_SECONDS = 0.05


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # The default backlog of five makes bursts of new connections wait for a second.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, SandboxHandler)

    @property
    def url(self) -> str:
        host, port = self.server_address[0], self.server_address[1]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that was killed in the middle of an answer is what the tests are about.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        # HTTPServer would look the host's name up, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def stop(self) -> None:
        """End serving and cut the connections that clients keep alive."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SandboxHandler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Read one request, have the WSGI program answer it, write the answer in one piece."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((status, headers))
            return io.BytesIO().write

        try:
            pieces = self._run(self._environ(body), start_response)
        except ConnectionDroppedError:
            self.close_connection = True
            return
        content = b"".join(pieces)
        status, headers = started[-1]
        head = [f"{self.protocol_version} {status}", f"Content-Length: {len(content)}"]
        head += [f"{name}: {value}" for name, value in headers]
        answer = "\r\n".join([*head, "", ""]).encode("latin-1") + content
        if isinstance(pieces, Trickle):
            self._trickle(answer, seconds=pieces.seconds, ends=pieces.ends)
        else:
            self.wfile.write(answer)

    def _trickle(self, answer: bytes, *, seconds: float, ends: bool) -> None:
        """Write a few bytes at a time; without an end, a byte is kept back and the connection closed."""
        if not ends:
            answer = answer[:-1]
            self.close_connection = True
        steps = max(1, min(len(answer), round(seconds / TRICKLE_SECONDS)))
        size = math.ceil(len(answer) / steps)
        for start in range(0, len(answer), size):
            time.sleep(seconds / steps)
            self.wfile.write(answer[start : start + size])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815 -- http.server's names

    def _run(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.server.sandbox(environ, start_response)

    def _environ(self, body: bytes) -> dict[str, Any]:
        parts = urlsplit(self.path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": self.server.server_name,
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the calls are listed by the control page."""


def start(port: int = 0, *, host: str = "127.0.0.1", sandbox: Sandbox | None = None) -> tuple[SandboxServer, str]:
    """Serve in a thread of this process; port 0 is any free one. End it with `server.stop()`."""
    server = SandboxServer((host, port), sandbox or Sandbox())
    # A short poll, because stopping waits for it.
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="sandbox", daemon=True)
    thread.start()
    return server, server.url


def serve_until_told(*, host: str, port: int, people: int = 0, seed: int = 1) -> None:
    """Serve in the foreground until SIGTERM or Ctrl-C; the first line printed is the address."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    sandbox = Sandbox()
    if people:
        for vendor in sandbox.world.vendors.values():
            vendor.seed_people(people=people, seed=seed, tenant=None)
    server, url = start(port, host=host, sandbox=sandbox)
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    told.wait()
    server.stop()
