"""Django on a database of its own: a file of SQLite's, or what DATABASE_URL names, as a test database."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.test.utils import setup_databases, teardown_databases


def set_up_django() -> None:
    """Set up before anything that imports models; the .env of whoever measures is left out."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings", ENV_FILE=os.devnull, VAR_DIR=tempfile.mkdtemp(), EMAIL_URL=""
    )
    django.setup()


@contextmanager
def scratch_database() -> Iterator[None]:
    database = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        database["TEST"]["NAME"] = str(Path(settings.VAR_DIR) / "benchmark.sqlite3")
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(databases, verbosity=0)
