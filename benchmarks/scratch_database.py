"""Django on a database of its own: a file of SQLite's, or what DATABASE_URL names, as a test database."""

import atexit
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

# Names a migrated database of SQLite's to begin with a copy of: migrating takes longer than a small sample.
TEMPLATE: Final = "BENCHMARK_TEMPLATE"


def set_up_django() -> None:
    """Set up before anything that imports models; the .env of whoever measures is left out."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", ENV_FILE=os.devnull, VAR_DIR=folder, EMAIL_URL="")
    django.setup()


@contextmanager
def scratch_database() -> Iterator[None]:
    database = settings.DATABASES["default"]
    in_file = "sqlite3" in database["ENGINE"]
    name = str(Path(settings.VAR_DIR) / "benchmark.sqlite3")
    if in_file and os.environ.get(TEMPLATE):
        shutil.copyfile(os.environ[TEMPLATE], name)
        connection.settings_dict["NAME"] = name
        yield
        return
    # Several samples may be taken at a time.
    database["TEST"]["NAME"] = name if in_file else f"benchmark_{os.getpid()}"
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(databases, verbosity=0)


def main() -> None:
    """Keep a migrated database of SQLite's at the path that is given."""
    set_up_django()
    with scratch_database(), connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [sys.argv[1]])
    print(json.dumps({}))


if __name__ == "__main__":
    main()
