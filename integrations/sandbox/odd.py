"""Answers in which one record is not as it should be, and lists that move while they are read."""

import json
from typing import Any

from integrations.sandbox.messages import Response
from integrations.sandbox.vendor import Collection


def put_odd(response: Response, *, at: int, row: Any, values: dict[str, Any]) -> Response:
    """Return the answer with ``row`` in place of its record number ``at``, or with ``values`` put over that record's.

    An answer of one record is that record. What holds no such record stays as it is.
    """
    try:
        body = json.loads(response.body)
    except ValueError:
        return response
    # In a list of its own, so that a record that is the whole answer is replaced like any other.
    whole = [body]
    holder, key = _place(whole, at)
    if holder is None:
        return response
    holder[key] = {**holder[key], **values} if values and isinstance(holder[key], dict) else row
    content = json.dumps(whole[0], ensure_ascii=False, separators=(",", ":")).encode()
    return Response(response.status, content, response.headers)


def _place(whole: list[Any], at: int) -> tuple[Any, Any]:
    """Return what holds the record, and by which key; (None, None) where nothing does."""
    (body,) = whole
    if not isinstance(body, dict):
        return None, None
    lists = [inside for inside in body.values() if isinstance(inside, list)]
    # A list of records stands beside nothing but what is said about it; a record has lists of its own.
    if len(lists) == 1 and all(isinstance(inside, dict | list) for inside in body.values()):
        return (lists[0], at) if at < len(lists[0]) else (None, None)
    wrapped = [name for name, inside in body.items() if isinstance(inside, dict)]
    # One record stands in a wrapper, or is the whole answer.
    return (body, wrapped[0]) if len(body) == 1 and wrapped else (whole, 0)


def move_list(collection: Collection, *, remove: list[str], add: list[dict[str, Any]]) -> None:
    """Remove and add records, as somebody at the vendor's own screens does while a list is read."""
    for record_id in remove:
        collection.remove(record_id)
    for record in add:
        collection.add(record)
