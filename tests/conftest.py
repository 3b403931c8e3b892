"""What every test may use: a folder of its own, the sandbox, the surroundings of a worker process, a browser."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import crc32

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django_q.conf import Conf
from pytest_django import Settings

from tests import migrated_rows
from tests.factories import FACTORIES
from tests.sandbox_client import SandboxClient, SandboxProcess

pytest_plugins = ["tests.again", "tests.behaviours_plugin", "tests.workers"]

# The same examples each time, so that a change is judged by itself; HYPOTHESIS_PROFILE=default looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SQLITE = "django.db.backends.sqlite3"


def pytest_configure(config: pytest.Config) -> None:
    migrated_rows.use()
    # A password's hash is slow on purpose: half a second of each test that has somebody signed in.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if os.environ.get("REQUIRE_SERVERS") == "1" and not _servers_are_set():
        raise pytest.UsageError("REQUIRE_SERVERS=1 needs a PostgreSQL in DATABASE_URL and a Redis in REDIS_URL.")
    if django_settings.REDIS_URL:
        _take_redis_database(worker=os.environ.get("PYTEST_XDIST_WORKER", "gw0"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        _keep_migrated_rows(item)
        # Whoever has only Python runs the rest; CI asks for a browser, and so never skips.
        if item.get_closest_marker("browser") and CHROMIUM is None and os.environ.get("REQUIRE_BROWSER") != "1":
            item.add_marker(pytest.mark.skip(reason="No Chromium found; REQUIRE_BROWSER=1 makes this a failure."))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector leave alone what all tests share: looking through it takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _keep_migrated_rows(item: pytest.Item) -> None:
    """A test outside a transaction empties every table at its end; give the next one the migrations' rows again."""
    marker = item.get_closest_marker("django_db")
    options = dict(marker.kwargs) if marker else {}
    if options.get("transaction") or {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())):
        kept = {**options, "transaction": True, "serialized_rollback": True}
        item.add_marker(pytest.mark.django_db(**kept), append=False)


def _servers_are_set() -> bool:
    return bool(django_settings.DATABASES["default"]["ENGINE"] != SQLITE and django_settings.REDIS_URL)


def _take_redis_database(*, worker: str) -> None:
    """Give each test process a Redis database of its own, as it has its own SQL database."""
    url = f"{django_settings.REDIS_URL.rstrip('/')}/{worker.removeprefix('gw')}"
    django_settings.REDIS_URL = url
    django_settings.CACHES["default"]["LOCATION"] = url
    Conf.REDIS = url


@pytest.fixture(scope="session", autouse=True)
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that this test process writes to, instead of the one of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("var")
    django_settings.VAR_DIR = folder
    django_settings.EMAIL_FILE_PATH = str(folder / "mail")
    if not django_settings.REDIS_URL:
        django_settings.CACHES["default"]["LOCATION"] = str(folder / "cache")
    return folder


@pytest.fixture(autouse=True)
def people_of_its_own(request: pytest.FixtureRequest) -> None:
    """The same made-up people in a test whatever ran before it; ``PEOPLE_SEED`` shows whether it holds for others."""
    first = crc32(f"{os.environ.get('PEOPLE_SEED', '')}{request.node.nodeid}".encode()) % 50_000
    # The methods of factory-boy are not annotated.
    for factory in FACTORIES:
        factory.reset_sequence(first)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, var_dir: Path) -> None:
    """Keep the tests' SQLite in the process's folder: two runs at a time never share one."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"] == SQLITE:
        database["TEST"]["NAME"] = str(var_dir / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Keep the migrations' rows for every connection object: a browser's event loop gives the tests another one."""
    rows = getattr(connection, "_test_serialized_contents", None)
    if rows is not None:
        type(connections[DEFAULT_DB_ALIAS])._test_serialized_contents = rows  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def _sandbox_process() -> Iterator[SandboxProcess]:
    process = SandboxProcess()
    yield process
    process.stop()


@pytest.fixture
def sandbox(_sandbox_process: SandboxProcess, settings: Settings) -> SandboxClient:
    """The vendors' stand-ins over real HTTP, as just started; ``settings.SANDBOX_URL`` leads there."""
    _sandbox_process.client.reset()
    settings.SANDBOX_URL = _sandbox_process.client.url
    return _sandbox_process.client


@pytest.fixture
def worker_environment(transactional_db: None, sandbox: SandboxClient, var_dir: Path) -> dict[str, str]:
    """The environment in which another process (``manage.py work``) sees this test's database, queue and sandbox.

    A test shortens its waits in it: ``{**worker_environment, "LEASE_SECONDS": "2"}``.
    """
    return {
        **os.environ,
        "ENV_FILE": os.devnull,
        "DATABASE_URL": _database_url(connection.settings_dict),
        "REDIS_URL": django_settings.REDIS_URL,
        "VAR_DIR": str(var_dir),
        "SANDBOX_URL": sandbox.url,
        "EMAIL_URL": "",
    }


def _database_url(database: dict[str, Any]) -> str:
    if database["ENGINE"] == SQLITE:
        return f"sqlite:///{database['NAME']}"
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Debian's Chromium instead of a download. Tests drive it synchronously and use the ORM beside it."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}
