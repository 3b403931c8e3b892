"""The migrations' rows, given back to a test outside a transaction row by row instead of object by object.

Django's own way saves each object by itself: most of a second for every such test.
"""

from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import BaseDatabaseCreation


class Table(NamedTuple):
    name: str
    columns: tuple[str, ...]
    rows: list[Any]


def use() -> None:
    """Let Django's test databases keep and restore their rows this way, from before one is made."""
    patch = pytest.MonkeyPatch()
    patch.setattr(BaseDatabaseCreation, "serialize_db_to_string", _keep)
    patch.setattr(BaseDatabaseCreation, "deserialize_db_from_string", _restore)


def _keep(creation: BaseDatabaseCreation) -> list[Table]:
    found = [_read(creation.connection, name) for name in _names(creation.connection)]
    return [table for table in found if table.rows]


def _names(database: BaseDatabaseWrapper) -> list[str]:
    return sorted(database.introspection.django_table_names(only_existing=True, include_views=False))


def _read(database: BaseDatabaseWrapper, name: str) -> Table:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {database.ops.quote_name(name)}")  # noqa: S608  # Django's own name of a table, quoted; a name cannot be a parameter
        return Table(name, tuple(column[0] for column in cursor.description), cursor.fetchall())


def _restore(creation: BaseDatabaseCreation, kept: list[Table]) -> None:
    database = creation.connection
    with transaction.atomic(using=database.alias), database.constraint_checks_disabled(), database.cursor() as cursor:
        for table in kept:
            # The first test finds the migrations' own.
            cursor.execute(f"DELETE FROM {database.ops.quote_name(table.name)}")  # noqa: S608  # Django's own name of a table, quoted; a name cannot be a parameter
            cursor.executemany(_insert(database, table), table.rows)
        database.check_constraints(table_names=[table.name for table in kept])


def _insert(database: BaseDatabaseWrapper, table: Table) -> str:
    quote = database.ops.quote_name
    columns, values = ", ".join(map(quote, table.columns)), ", ".join(["%s"] * len(table.columns))
    return f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({values})"  # noqa: S608  # Django's own name of a table, quoted; a name cannot be a parameter
