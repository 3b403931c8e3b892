"""Insert many rows with one statement that the driver repeats (`executemany`).

The number of queries does not grow with the rows, and no model instance is made for a row: a comparison writes
a link per person. No signals are sent; meant for the core's own tables, never for the hub's people.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows of ``{attname: value}``, all with the same keys; returns how many.

    Columns that a row does not name get the model's defaults. Raises IntegrityError as a usual insert does.
    """
    records = list(rows)
    if not records:
        return 0
    named = list(records[0])
    rest = [field for field in model._meta.concrete_fields if field.attname not in named and not field.primary_key]
    defaults = [field.get_db_prep_save(field.pre_save(model(), add=True), connection=connection) for field in rest]
    prepare = [model._meta.get_field(name).get_db_prep_save for name in named]  # type: ignore[union-attr]
    columns = [str(model._meta.get_field(name).column) for name in named]  # type: ignore[union-attr]
    columns += [str(field.column) for field in rest]
    quote = connection.ops.quote_name
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) VALUES ({places})"  # noqa: S608 -- names of our own models
    parameters = [
        [ready(record[name], connection=connection) for ready, name in zip(prepare, named, strict=True)] + defaults
        for record in records
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, parameters)
    return len(records)
