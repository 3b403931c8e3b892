import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
PROTECTED = {
    "DEBUG": "0",
    "SECRET_KEY": "a-key-of-this-installation",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "hub.example",
}
SHOW = """
import json
from config import settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}, default=str))
"""


def load_settings(*names: str, **variables: str) -> dict[str, Any]:
    """Load the settings in a fresh process that knows only the given variables; return the named ones."""
    loaded = run_settings(*names, **variables)
    assert loaded.returncode == 0, loaded.stderr
    values: dict[str, Any] = json.loads(loaded.stdout)
    return values


def run_settings(*names: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, **variables}
    command = [sys.executable, "-c", SHOW.format(names=names)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_without_any_variable_it_runs_on_its_embedded_defaults(tmp_path: Path) -> None:
    loaded = load_settings("DEBUG", "DATABASES", "Q_CLUSTER", "EMAIL_BACKEND", "SANDBOX_VENDORS", VAR_DIR=str(tmp_path))
    assert loaded["DEBUG"] is True
    assert loaded["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert loaded["Q_CLUSTER"]["orm"] == "default"
    assert loaded["EMAIL_BACKEND"] == "config.mail.FileAndConsoleBackend"
    assert loaded["SANDBOX_VENDORS"] is True


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS"])
def test_production_without_a_protecting_variable_refuses_to_start_and_says_which(missing: str, tmp_path: Path) -> None:
    variables = {**PROTECTED, "VAR_DIR": str(tmp_path)}
    refused = run_settings("DEBUG", **{name: value for name, value in variables.items() if name != missing})
    assert refused.returncode != 0
    assert f"DEBUG=0 needs {missing}" in refused.stderr
    assert load_settings("DEBUG", **variables) == {"DEBUG": False}


@pytest.mark.parametrize("blank", ["", " ", ",", " , "])
def test_production_takes_a_blank_list_of_keys_for_a_missing_one(blank: str, tmp_path: Path) -> None:
    refused = run_settings("DEBUG", **{**PROTECTED, "VAR_DIR": str(tmp_path), "ENCRYPTION_KEYS": blank})
    assert "DEBUG=0 needs ENCRYPTION_KEYS" in refused.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEYS"])
def test_production_refuses_the_keys_that_are_published_with_the_source(name: str, tmp_path: Path) -> None:
    published = load_settings(name, VAR_DIR=str(tmp_path))[name]
    value = published if isinstance(published, str) else published[0]
    refused = run_settings("DEBUG", **{**PROTECTED, "VAR_DIR": str(tmp_path), name: value})
    assert f"DEBUG=0 needs a {name} of its own" in refused.stderr


def test_a_secret_key_that_begins_with_a_dollar_sign_is_taken_as_it_is(tmp_path: Path) -> None:
    loaded = load_settings("SECRET_KEY", **{**PROTECTED, "VAR_DIR": str(tmp_path), "SECRET_KEY": "$money$"})
    assert loaded == {"SECRET_KEY": "$money$"}


def test_several_encryption_keys_are_read_in_order(tmp_path: Path) -> None:
    keys = [Fernet.generate_key().decode(), Fernet.generate_key().decode()]
    loaded = load_settings("ENCRYPTION_KEYS", VAR_DIR=str(tmp_path), ENCRYPTION_KEYS=", ".join(keys))
    assert loaded["ENCRYPTION_KEYS"] == keys


def test_production_speaks_to_the_vendors_themselves(tmp_path: Path) -> None:
    assert load_settings("SANDBOX_VENDORS", **{**PROTECTED, "VAR_DIR": str(tmp_path)}) == {"SANDBOX_VENDORS": False}


def test_production_sends_sessions_over_https_only(tmp_path: Path) -> None:
    loaded = load_settings("SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", **{**PROTECTED, "VAR_DIR": str(tmp_path)})
    assert loaded == {"SESSION_COOKIE_SECURE": True, "SECURE_SSL_REDIRECT": True}


def test_database_url_moves_the_data_to_postgresql(tmp_path: Path) -> None:
    url = "postgres://samklang:secret@db.example:5433/hub"
    database = load_settings("DATABASES", VAR_DIR=str(tmp_path), DATABASE_URL=url)["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "hub")
    assert database["CONN_MAX_AGE"] == 60
    assert "OPTIONS" not in database


def test_sqlite_begins_its_transactions_as_writers(tmp_path: Path) -> None:
    database = load_settings("DATABASES", VAR_DIR=str(tmp_path))["DATABASES"]["default"]
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["NAME"] == str(tmp_path / "samklang.sqlite3")


def test_redis_url_moves_the_queue_and_the_cache(tmp_path: Path) -> None:
    loaded = load_settings("Q_CLUSTER", "CACHES", VAR_DIR=str(tmp_path), REDIS_URL="redis://cache.example:6379")
    assert loaded["Q_CLUSTER"]["redis"] == "redis://cache.example:6379"
    assert "orm" not in loaded["Q_CLUSTER"]
    assert loaded["CACHES"]["default"]["LOCATION"] == "redis://cache.example:6379"


def test_email_url_moves_the_mail_to_smtp(tmp_path: Path) -> None:
    names = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_USE_TLS")
    url = "smtp+tls://samklang:secret@mail.example:587"
    assert load_settings(*names, VAR_DIR=str(tmp_path), EMAIL_URL=url) == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "samklang",
        "EMAIL_USE_TLS": True,
    }


def test_a_variable_set_to_nothing_counts_as_not_set(tmp_path: Path) -> None:
    empty = {"DATABASE_URL": "", "REDIS_URL": "", "EMAIL_URL": "", "SECRET_KEY": "", "SETTLE_SECONDS": ""}
    loaded = load_settings("DATABASES", "REDIS_URL", "SETTLE_SECONDS", VAR_DIR=str(tmp_path), **empty)
    assert loaded["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert loaded["SETTLE_SECONDS"] is None


@pytest.mark.parametrize("queue", ["push", "bulk"])
def test_a_task_times_out_before_its_queue_hands_it_out_again(queue: str, tmp_path: Path) -> None:
    cluster = load_settings("Q_CLUSTER", VAR_DIR=str(tmp_path))["Q_CLUSTER"]
    options = {**cluster, **cluster["ALT_CLUSTERS"].get(queue, {})}
    assert options["timeout"] < options["retry"]
