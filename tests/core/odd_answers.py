"""Answers that no vendor should give, drawn from a seed: from the bytes of the head to what the JSON holds."""

import gzip
import json
import random
from collections.abc import Sequence
from typing import Any, Final

STATUSES: Final = ("200 OK", "201 Created", "202 Accepted", "204 None", "400 Bad", "401 No", "403 No", "404 Gone")
RARE_STATUSES: Final = (
    *("100 Go", "103 Early", "206 Part", "301 Moved", "302 Found", "308 There", "402 Pay", "405 No", "407 Proxy"),
    *("408 Late", "409 Both", "410 Gone", "412 Moved", "418 Pot", "422 Odd", "425 Early", "429 Busy", "451 No"),
    *("499 Shut", "500 Oops", "502 Bad", "503 Out", "504 Late", "599 ?", "999 ?", "000 ?", "99 ?", "abc", "", "200"),
)
HEADERS: Final = (
    *("Location: http://[::1", "Location: /employees/jobs/j-1", "Location: \xff\x00", "ETag: \x7f", 'ETag: "7"'),
    *("Retry-After: 99999999999999999999", "Retry-After: Mon, 02 Mar 2026 12:00:20 +99999999", "Retry-After: ,"),
    *("Retry-After: Mon, 99999999999999999999 Mar 2026 12:00:20 GMT", "Retry-After: -inf", "Retry-After: nan"),
    *("Content-Encoding: gzip", "Content-Encoding: br", "Content-Encoding: deflate, gzip", "Content-Encoding: ,"),
    *("Content-Type: text/html; charset=punycode", "Content-Type: \x00", "Set-Cookie: \xff=[::1; expires=99999999"),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: \xff", "Connection: keep-alive, close", "Content-Length: -1"),
    *("no colon", ": no name", " folded", "X:" + "y" * 70_000, "Trailer: X", "Upgrade: h2c", "\xff: \xff", "ETag:"),
)
TEXTS: Final = (
    *("", " ", "\0", "\ud800", "\udfff", "å" * 3, "0", "-1", "2026-02-30", "null", "{}", "<b>", "x" * 5000, "\x1b[2J"),
)
DEEP: Final = json.loads("[" * 60 + '"deep"' + "]" * 60)
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 10**19, 10**60, 1e308, -0.0, float("nan"), float("inf"), [], {}, [[]], [None]),
    *({"": None}, {"\0": 1}, {"\ud800": "\ud800"}, DEEP, {"message": {}}, {"code": []}),
)
BODIES: Final = (
    *(b"", b" ", b"<html>", b"[", b"]", b"null", b'"', b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN"),
    *(b"[" * 3000, b'{"a":' * 2000),
)


class OddAnswers:
    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self._chance.random() < share

    def pick(self, some: Sequence[Any]) -> Any:
        return self._chance.choice(some)

    def answer(self, genuine: Any) -> bytes:
        """Return the bytes of an answer that begins as ``genuine``, a JSON value that the vendor would give."""
        body = self._body(genuine)
        status = self.pick(STATUSES if self.chance(0.8) else RARE_STATUSES)
        headers = [self.pick(HEADERS) for _ in range(self.pick((0, 0, 1, 1, 2, 3)))]
        if self.chance(0.9):
            headers.append(f"Content-Length: {len(body) if self.chance(0.95) else self._chance.randrange(99_999)}")
        version = "HTTP/1.1" if self.chance(0.98) else self.pick(("HTTP/1.0", "HTTP/9.9", "ICY", ""))
        head = "\r\n".join([f"{version} {status}", *headers, "", ""]).encode("latin-1", "replace")
        answer = head + body
        return answer if self.chance(0.97) else answer[: self._chance.randrange(len(answer) + 1)]

    def _body(self, genuine: Any) -> bytes:
        if self.chance(0.08):
            return bytes(self.pick(BODIES))
        value = genuine
        for _ in range(self.pick((0, 1, 1, 2, 3))):
            value = self._spoil(value)
        text = json.dumps(value, ensure_ascii=self.chance(0.5))
        body = text.encode("utf-8", "surrogatepass")
        if self.chance(0.05):
            body = gzip.compress(body, compresslevel=1, mtime=0)
        return body if self.chance(0.95) else body[: self._chance.randrange(len(body) + 1)]

    def _spoil(self, value: Any) -> Any:
        """Return the value with one of its places spoiled, or all of it."""
        if not value or not isinstance(value, dict | list) or self.chance(0.15):
            return self.pick(VALUES) if self.chance(0.6) else self.pick(TEXTS)
        if isinstance(value, list):
            place = self._chance.randrange(len(value))
            return [self._spoil(each) if number == place else each for number, each in enumerate(value)]
        name = self.pick(list(value))
        if self.chance(0.15):
            return {key: inside for key, inside in value.items() if key != name}
        return {**value, name: self._spoil(value[name])}


def is_kept(value: Any) -> bool:
    """Whether a value could be stored in any database."""
    return "\\u0000" not in json.dumps(value, allow_nan=False) and bool(
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    )
