"""What is confirmed is what was shown (G-21): a page that asks carries a fingerprint of what it was made from.

The page holds it in a hidden input (``shown.html``), and whoever acts asks, in the transaction that acts and with the
rows locked, whether the same would be shown now. A stale one is refused, with what changed and by whom.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from django.http import HttpRequest

# The hidden input's name.
SHOWN: Final = "made_from"


def fingerprint(*made_from: object) -> str:
    """Return 24 hex digits that stand for what a page was made from: plain values, and lists, sets and maps of them.

    Sets have no order, and neither have maps; raises TypeError for anything else, such as a model's instance.
    """
    text = json.dumps(_plain(made_from), ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def posted_fingerprint(request: HttpRequest) -> str:
    """Return the fingerprint of the page that was confirmed; empty where the page held none."""
    return request.POST.get(SHOWN, "")


def _plain(value: object) -> Any:
    if isinstance(value, dict):
        return {"map": sorted([[_plain(key), _plain(one)] for key, one in value.items()], key=json.dumps)}
    if isinstance(value, set | frozenset):
        return {"set": sorted((_plain(one) for one in value), key=json.dumps)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date | datetime | Decimal):
        return {type(value).__name__: str(value)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"A {type(value).__name__} has no fingerprint.")
