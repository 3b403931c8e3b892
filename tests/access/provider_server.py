"""A sign-in provider of its own, over real HTTP: OpenID Connect with discovery, codes, PKCE and RS256.

Shares no code with the client, so that a mistake cannot cancel itself out. A test says who signs in there, and what is
wrong with the answer.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT_ID: Final = "samklang"
CLIENT_SECRET: Final = "$secret-of-the-client"
KEY_ID: Final = "key-1"


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


class Provider:
    """What happens there: ``person`` signs in; ``spoil`` changes header and claims of what is signed.

    ``odd`` says what a path answers instead: status, headers and body as they go out.
    """

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_port
        self.issuer = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.person: dict[str, Any] = {"sub": "subject-1", "email": "hanna@example.com", "email_verified": True}
        self.spoil: Callable[[dict[str, Any], dict[str, Any]], None] = lambda header, claims: None
        self.odd: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.discovery: dict[str, Any] = {}
        self.tokens: dict[str, Any] = {}
        self.keys: Any = None
        self.userinfo: dict[str, Any] | None = None
        self.signing_key = self.key
        self.unsigned = False
        self.away = False
        self.refuses = ""
        self.codes: dict[str, dict[str, Any]] = {}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def approve(self, url: str) -> str:
        """Sign in as the person there; return where the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.refuses, 'state': asked['state']})}"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    # --- What it answers ---

    def answer(self, method: str, path: str, headers: Any, body: dict[str, str]) -> tuple[int, Any]:
        if self.away:
            return 503, "<h1>Away</h1>"
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery()
        if path == "/keys":
            return 200, {"keys": [self._public_key()] if self.keys is None else self.keys}
        if path == "/token" and method == "POST":
            return self._tokens(headers, body)
        if path == "/userinfo" and headers.get("Authorization") == "Bearer access":
            return 200, self.userinfo if self.userinfo is not None else self.person
        return 404, {}

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            # As some real ones do, although nobody should take it.
            "id_token_signing_alg_values_supported": ["RS256", "none"],
            **self.discovery,
        }

    def _tokens(self, headers: Any, body: dict[str, str]) -> tuple[int, Any]:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self.codes.pop(body.get("code", ""), None)
        challenge = encoded(hashlib.sha256(body.get("code_verifier", "").encode()).digest())
        if headers.get("Authorization") != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        if asked is None or challenge != asked["code_challenge"] or body.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "access",
            "token_type": "Bearer",
            "id_token": self._id_token(asked["nonce"]),
        } | self.tokens

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, **self.person}
        self.spoil(header, claims)
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        if self.unsigned:
            return f"{signed}."
        signature = self.signing_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encoded(signature)}"

    def _public_key(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": KEY_ID,
            "n": encoded(numbers.n.to_bytes(256, "big")),
            "e": encoded(numbers.e.to_bytes(3, "big")),
        }

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def _respond(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                posted = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                path = urlsplit(self.path).path
                if path in provider.odd:
                    self._send(*provider.odd[path])
                    return
                status, found = provider.answer(self.command, path, self.headers, posted)
                self._send(status, {}, found.encode() if isinstance(found, str) else json.dumps(found).encode())

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _respond  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
