"""Insert many rows with one statement that the driver repeats (`executemany`).

The number of queries does not grow with the rows, and no model instance is made for a row: a comparison writes
a link per person. No signals are sent; meant for the core's own tables, never for the hub's people.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows of ``{attname: value}``, all with the same keys; returns how many.

    Columns that a row does not name get the model's defaults. Raises IntegrityError as a usual insert does.
    """
    records = list(rows)
    if not records:
        return 0
    # The connection itself: behind Django's `connection` every value would look it up anew.
    connection = connections[DEFAULT_DB_ALIAS]
    named = list(records[0])
    rest = [field for field in model._meta.concrete_fields if field.attname not in named and not field.primary_key]
    defaults = [field.get_db_prep_save(field.pre_save(model(), add=True), connection=connection) for field in rest]
    fields = [model._meta.get_field(name) for name in named]
    columns = [str(field.column) for field in (*fields, *rest)]  # type: ignore[union-attr]
    quote = connection.ops.quote_name
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) VALUES ({places})"  # noqa: S608 -- names of our own models
    prepared = [
        _prepare(field, [record[name] for record in records], connection)
        for name, field in zip(named, fields, strict=True)
    ]
    parameters = [[*values, *defaults] for values in zip(*prepared, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(sql, parameters)
    return len(records)


def _prepare(field: Any, values: Iterable[Any], connection: Any) -> list[Any]:
    """Return a column as the database takes it; what all rows share is prepared once."""
    prepared: list[Any] = []
    before: Any = prepared
    for value in values:
        if value is not before:
            ready, before = field.get_db_prep_save(value, connection=connection), value
        prepared.append(ready)
    return prepared
