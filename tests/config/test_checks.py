"""Settings that protect nothing, or cannot work, are refused by the check and at the start, each with its name."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django_q.models import Schedule

from config import environment
from config import settings as as_read
from config.checks import check_schedule, check_settings, found

pytestmark = pytest.mark.behaviour("OP-15")
ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = "c2Fta2xhbmctZGV2ZWxvcG1lbnQta2V5LW5vdC1zYWY="
GOOD = "kQ4v9sXz2mB7nL1pR8tY3wE6uI0oA5dF-hJgKcVbNxZqWrTy_UeO"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
POSTGRESQL = "django.db.backends.postgresql"


def database(**values: Any) -> dict[str, Any]:
    options = values.pop("OPTIONS", {"sslmode": "verify-full"})
    given = {"HOST": "db.example.com", "PASSWORD": "secret", "NAME": "hub", "CONN_MAX_AGE": 60, **values}
    return {"DATABASES": {"default": {"ENGINE": POSTGRESQL, **given, "OPTIONS": options}}}


def queues(**times: Any) -> dict[str, Any]:
    return {
        "Q_CLUSTER": {"timeout": 600, "retry": 720, "ALT_CLUSTERS": {"push": {"timeout": 120, "retry": 180, **times}}}
    }


@pytest.fixture
def production(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings of an installation that has everything right; what a test changes is wrong alone."""
    for name in ("FORTNOX_API_URL", "FORTNOX_AUTH_URL", "VISMA_PAYROLL_API_URL", "VISMA_CONNECT_URL"):
        monkeypatch.delenv(name, raising=False)
    settings.SANDBOX_VENDORS = False
    plain = {name: value for name, value in vars(as_read).items() if name.isupper()}
    right = {
        "DEBUG": False,
        "SECRET_KEY": GOOD,
        "ENCRYPTION_KEYS": [Fernet.generate_key().decode()],
        "ALLOWED_HOSTS": ["hub.example.com"],
        "CSRF_TRUSTED_ORIGINS": ["https://hub.example.com"],
        "PUBLIC_URL": "https://hub.example.com",
        "SANDBOX_VENDORS": False,
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_HOST_PASSWORD": "secret",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
        "REDIS_URL": "rediss://:secret@cache.example.com:6379/0",
        "VAR_DIR": tmp_path,
        "LEASE_SECONDS": 90,
        **database(),
    }
    # A copy: overriding the database is warned about.
    made = SimpleNamespace(**{**plain, **right})
    monkeypatch.setattr("config.checks.settings", made)
    return made


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("SECRET_KEY", {"SECRET_KEY": "short"}),
    ("SECRET_KEY", {"SECRET_KEY": "ab" * 40}),
    ("SECRET_KEY", {"SECRET_KEY": "insecure-development-key-only-for-trying-out-samklang"}),
    ("SECRET_KEY", {"SECRET_KEY": f"django-insecure-{GOOD}"}),
    ("ENCRYPTION_KEYS", {"ENCRYPTION_KEYS": ["abc"]}),
    ("ENCRYPTION_KEYS", {"ENCRYPTION_KEYS": []}),
    ("ENCRYPTION_KEYS", {"ENCRYPTION_KEYS": [PUBLISHED]}),
    ("ENCRYPTION_KEYS", {"ENCRYPTION_KEYS": ["xSfPNV9Ts8Vx7Vb0QbYuLPm4vH7Crjzg0lJ6m2m8JqA=", PUBLISHED]}),
    ("ENCRYPTION_KEYS", {"ENCRYPTION_KEYS": ["A" * 43 + "="]}),
    ("ENCRYPTION_KEYS", {"ENCRYPTION_KEYS": ["å" * 44]}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["hub.example.com", "*"]}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["hub.example.com", "https://hub.example.com"]}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["hub.example.com", "hub.example.com:443"]}),
    ("PUBLIC_URL", {"PUBLIC_URL": "http://hub.example.com"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "http://localhost:8000"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://localhost"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://127.0.0.2:8000"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://[::1]"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "hub.example.com"}),
    ("PUBLIC_URL", {"PUBLIC_URL": ""}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://hub.example.com:port"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://hub.example.com/samklang"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://other.example.com"}),
    ("SANDBOX_VENDORS", {"SANDBOX_VENDORS": True}),
    ("CSRF_TRUSTED_ORIGINS", {"CSRF_TRUSTED_ORIGINS": ["http://hub.example.com"]}),
    ("CSRF_TRUSTED_ORIGINS", {"CSRF_TRUSTED_ORIGINS": ["https://*.example.com"]}),
    ("CSRF_TRUSTED_ORIGINS", {"CSRF_TRUSTED_ORIGINS": ["*"]}),
    ("EMAIL_URL", {"EMAIL_USE_TLS": False}),
    ("EMAIL_URL", {"EMAIL_USE_TLS": False, "EMAIL_HOST_PASSWORD": ""}),
    ("EMAIL_URL", {"EMAIL_BACKEND": "config.mail.FileAndConsoleBackend"}),
    ("EMAIL_URL", {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}),
    ("REDIS_URL", {"REDIS_URL": "redis://:secret@cache.example.com:6379/0"}),
    ("REDIS_URL", {"REDIS_URL": "rediss://cache.example.com:6379/0"}),
    ("REDIS_URL", {"REDIS_URL": "rediss://:secret@cache.example.com/0?ssl_cert_reqs=none"}),
    ("REDIS_URL", {"REDIS_URL": "cache.example.com"}),
    ("DATABASE_URL", database(PASSWORD="")),
    ("DATABASE_URL", database(OPTIONS={})),
    ("DATABASE_URL", database(OPTIONS={"sslmode": "prefer"})),
    ("DATABASE_URL", database(HOST="", OPTIONS={"host": "db.example.com", "sslmode": "disable"})),
    ("DATABASE_URL", database(ENGINE="django.db.backends.mysql")),
    ("HTTP_READ_TIMEOUT (with HTTP_CONNECT_TIMEOUT)", {"LEASE_SECONDS": 35}),
    ("CANARY_SECONDS", {"CANARY_SECONDS": 45}),
    ("TASK_SECONDS", {"TASK_SECONDS": 120}),
    ("EMAIL_TIMEOUT", {"EMAIL_TIMEOUT": 120}),
    ("Q_CLUSTER, timeout of push", queues(timeout=180)),
    ("QUEUE_WORKERS", {"QUEUE_WORKERS": 0}),
    ("SETTLE_SECONDS", {"SETTLE_SECONDS": -1}),
    ("DATABASE_CONN_MAX_AGE", database(CONN_MAX_AGE=-1)),
    ("SQLITE_TIMEOUT", database(OPTIONS={"sslmode": "require", "timeout": 0})),
    *(
        (name, {name: value})
        for name in ("LEASE_SECONDS", "HTTP_CONNECT_TIMEOUT", "SWEEP_SECONDS", "RETRY_SECONDS", "OUTAGE_SECONDS")
        for value in (0, -1, float("nan"), float("inf"))
    ),
]


def named() -> set[str]:
    return {each.name for each in found()}


def test_an_installation_that_has_everything_right_is_left_alone(production: Any) -> None:
    assert found() == []


@pytest.mark.parametrize(("name", "changes"), WRONG)
def test_a_wrong_setting_is_an_error_with_its_name_until_it_is_mended(
    production: Any, name: str, changes: dict[str, Any]
) -> None:
    before = {changed: getattr(production, changed) for changed in changes}
    for changed, value in changes.items():
        setattr(production, changed, value)

    errors = check_settings()
    assert {str(each.msg).split(":")[0] for each in errors} == {name}
    assert all(each.is_serious() and each.hint for each in errors)

    for changed, value in before.items():
        setattr(production, changed, value)
    assert named() == set()


@pytest.mark.parametrize("address", ["http://api.example.com", "https://localhost:8090", "api.example.com", "https://"])
def test_a_vendor_that_is_not_spoken_to_over_https_is_an_error(
    production: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("FORTNOX_API_URL", address)
    assert named() == {"FORTNOX_API_URL"}
    monkeypatch.delenv("FORTNOX_API_URL")
    assert named() == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"REDIS_URL": "redis://127.0.0.1:6379/0"},
        {"REDIS_URL": "unix:///run/redis.sock"},
        {"REDIS_URL": ""},
        {"EMAIL_HOST": "localhost", "EMAIL_USE_TLS": False, "EMAIL_HOST_PASSWORD": ""},
        {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True},
        {"ALLOWED_HOSTS": [".example.com", "[::1]"]},
        database(HOST="", PASSWORD="", OPTIONS={}),
        database(HOST="/run/postgresql", PASSWORD="", OPTIONS={}),
        database(HOST="127.0.0.1", OPTIONS={}),
        database(PASSWORD="", OPTIONS={"sslmode": "verify-ca", "sslcert": "/etc/samklang/client.pem"}),
    ],
)
def test_what_stays_on_this_machine_or_is_protected_otherwise_is_left_alone(
    production: Any, changes: dict[str, Any]
) -> None:
    for changed, value in changes.items():
        setattr(production, changed, value)
    assert named() == set()


def test_a_folder_that_takes_no_file_is_an_error_also_for_trying_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    for_trying_out = SimpleNamespace(
        DEBUG=True,
        VAR_DIR=no_folder,
        DATABASES={"default": {"NAME": str(no_folder / "samklang.sqlite3")}},
        CACHES={"default": {"LOCATION": ""}},
        EMAIL_BACKEND=SMTP,
        PASSWORD_SIGN_IN=True,
        OIDC_ISSUER="",
        OIDC_ROLES=[],
    )
    monkeypatch.setattr("config.checks.settings", for_trying_out)
    assert named() == {"VAR_DIR"}
    no_folder.unlink()
    assert named() == set()


def test_for_trying_out_the_defaults_are_enough(production: Any) -> None:
    production.DEBUG, production.SECRET_KEY, production.ALLOWED_HOSTS = True, "short", ["*"]
    assert named() == set()


# --- The start ------------------------------------------------------------------------------------------


def start(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {
        "DEBUG": "0",
        "SECRET_KEY": GOOD,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": "hub.example.com",
        "PUBLIC_URL": "https://hub.example.com",
        "EMAIL_URL": "smtp+tls://hub:secret@mail.example.com:587",
        "VAR_DIR": str(tmp_path),
    }


@pytest.mark.parametrize(
    "command",
    [("-c", "import config.wsgi"), ("-c", "import config.asgi"), ("manage.py", "work", "--queues", "none")],
)
def test_neither_the_web_nor_the_background_service_starts_unprotected(
    variables: dict[str, str], command: tuple[str, ...]
) -> None:
    refused = start(*command, **{**variables, "ENCRYPTION_KEYS": "abc"})
    assert refused.returncode != 0
    assert "ENCRYPTION_KEYS: key 1 is no Fernet key" in refused.stderr
    assert "ENCRYPTION_KEYS" not in start(*command, **variables).stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TIME_ZONE", "Mars/Olympus", "write an area and a city"),
        ("LANGUAGE_CODE", "xx", "write one of da, de, en, fi, nb, nl, nn, sv"),
        ("LOG_LEVEL", "loud", "write DEBUG, INFO, WARNING or ERROR"),
        ("QUEUE_WORKERS", "two", "write a whole number"),
        ("LEASE_SECONDS", "1m", "write a number"),
        ("DATABASE_URL", "postgres://hub:secret-word@db:port/hub", "write it like postgres://"),
        ("EMAIL_URL", "pigeon://hub:secret-word@mail", "write it like smtp+tls://"),
        ("VAR_DIR", "/dev/null/var", "write the path of a folder"),
    ],
)
def test_what_cannot_be_read_ends_the_start_with_its_name(
    variables: dict[str, str], name: str, value: str, told: str
) -> None:
    refused = start("-c", "import config.settings", **{**variables, name: value})
    last = refused.stderr.strip().splitlines()[-1]
    assert refused.returncode != 0
    assert name in last
    assert told in last
    assert "secret-word" not in refused.stderr
    assert start("-c", "import config.settings", **variables).returncode == 0


def test_a_language_of_the_country_is_started_in(variables: dict[str, str]) -> None:
    assert start("manage.py", "check", **{**variables, "LANGUAGE_CODE": "sv"}).returncode == 0
    written = ["sv", "nb", "da", "fi", "nl", "nn", "en", "sv-SE", "nb_NO", "SV"]
    known = ["sv", "nb", "da", "fi", "nl", "nn", "en", "sv", "nb", "sv"]
    assert [environment.language(each) for each in written] == known


@pytest.mark.parametrize("name", ["../etc", "", "/etc/localtime", "Stockholm"])
def test_a_time_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TIME_ZONE"):
        environment.time_zone(name)
    assert environment.time_zone("Europe/Oslo") == "Europe/Oslo"


# --- After an upgrade -----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.behaviour("OP-02")
def test_rows_of_the_schedule_that_are_run_no_more_are_told_by_migrate() -> None:
    assert check_schedule(databases=["default"]) == []

    row = Schedule.objects.create(func="subprocess.check_output", next_run=timezone.now())
    (told,) = check_schedule(databases=["default"])
    assert "holds rows that are never run any more: 1" in str(told.msg)
    assert not told.is_serious()

    row.delete()
    assert check_schedule(databases=["default"]) == []
