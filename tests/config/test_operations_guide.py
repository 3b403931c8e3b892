"""What the operations guide names exists: commands, variables, fields of /healthz, paths and what the log says."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.utils import timezone

from integrations.core.models import Canary
from integrations.core.work.supervisor import STOP_SECONDS
from tests.config.test_env_example import variables_explained

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
FOLDER = ROOT / "docs" / "operations"
UNITS = sorted(FOLDER.glob("*.service"))
# What systemd and nginx say in capitals, and the standards.
NO_VARIABLES = {"CONNECTION", "HTTP", "JSON", "NAME", "SETTINGS", "SIGTERM", "WARNING"}


def commands_named() -> set[tuple[str, str]]:
    """Return (command, what follows it) of every ``manage.py …`` in the guide and in the units."""
    text = GUIDE + "".join(unit.read_text(encoding="utf-8") for unit in UNITS)
    return set(re.findall(r"manage\.py ([a-z_]+)([^`\n]*)", text))


def test_the_guide_names_commands() -> None:
    assert {name for name, _ in commands_named()} >= {
        "migrate",
        "work",
        "sweep",
        "rotate_keys",
        "sync",
        "createsuperuser",
    }


@pytest.mark.parametrize(("name", "arguments"), sorted(commands_named()))
def test_every_command_exists_with_the_options_that_are_named(name: str, arguments: str) -> None:
    application = get_commands()[name]
    command = load_command_class(str(application), name)
    known = command.create_parser("manage.py", name)._option_string_actions
    assert set(re.findall(r"--[a-z][a-z-]*", arguments)) <= set(known)


def test_every_variable_that_is_named_is_explained_in_the_example() -> None:
    in_blocks = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", GUIDE, re.MULTILINE))
    in_text = {name for name in re.findall(r"`([A-Z][A-Z0-9_]+)(?:=\w+)?`", GUIDE) if name not in NO_VARIABLES}
    assert in_blocks | in_text >= {"DEBUG", "SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS", "OUTAGE_SECONDS"}
    assert (in_blocks | in_text) - set(variables_explained()) == set()


def test_the_installation_sets_what_production_needs() -> None:
    settings = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", GUIDE.partition("## PostgreSQL")[0], re.MULTILINE))
    assert settings >= {"DEBUG", "SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS", "PUBLIC_URL", "VAR_DIR", "EMAIL_URL"}


@pytest.mark.django_db
def test_every_field_of_healthz_is_explained_and_every_explained_one_is_there(client: Client) -> None:
    table = GUIDE.partition("| field | meaning | act when |")[2].partition("\n\n")[0]
    explained = {name for line in table.splitlines() for name in re.findall(r"`([a-z_.]+)`", line.partition("|")[2])}
    explained -= {"samklang-work"}
    # A queue that no service has served yet is not told: one of before does not know it.
    Canary.objects.create(queue=settings.SHORT_QUEUE, asked_at=timezone.now(), answered_at=timezone.now())
    answer = client.get("/healthz").json()
    queues = {f"queues.{queue}.{field}" for queue, fields in answer.pop("queues").items() for field in fields}
    named = {
        name if "." in name else next((each for each in queues if each.endswith(f".{name}")), name)
        for name in explained
    }
    assert set(answer) <= named
    assert named <= set(answer) | queues
    assert {field.rpartition(".")[2] for field in queues} == {field.rpartition(".")[2] for field in named & queues}


def test_every_file_of_ours_that_is_named_exists() -> None:
    named = set(re.findall(r"(?:/opt/samklang/|`)(docs/[\w./-]+)", GUIDE))
    assert named >= {"docs/operations/samklang-web.service", "docs/operations/samklang-work.service"}
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_stops_its_main_process_first_and_within_a_time(unit: Path) -> None:
    lines = unit.read_text(encoding="utf-8").splitlines()
    assert "KillMode=mixed" in lines
    assert "User=samklang" in lines
    assert any(re.fullmatch(r"TimeoutStopSec=\d+", line) for line in lines)


def test_the_background_service_is_given_more_time_to_stop_than_it_takes() -> None:
    unit = (FOLDER / "samklang-work.service").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) >= 2 * STOP_SECONDS


def texts_of(path: Path) -> str:
    """Return the strings of a module, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return "\n".join(str(node.value) for node in strings)


def test_what_the_log_is_said_to_say_stands_in_the_code() -> None:
    table = GUIDE.partition("| the log says |")[2].partition("\n\n")[0]
    said = [text for line in table.splitlines()[2:] for text in re.findall(r"`([^`]+)`", line.split("|")[1])]
    places = ("integrations/core", "employees/access", "config")
    code = "\n".join(texts_of(path) for place in places for path in (ROOT / place).rglob("*.py"))
    # A message is put together: each of its parts stands there.
    parts = [part.strip() for text in said for part in re.split(r"\(…\)|[;,…]", text)]
    assert len(said) >= 5
    assert [part for part in parts if part not in code] == []


def test_the_proxys_log_holds_no_query_strings() -> None:
    proxy = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    (log,) = re.findall(r"^log_format \w+ '(.*)';$", proxy, re.MULTILINE)
    assert "$uri" in log
    assert not {"$request ", "$request_uri", "$args", "$http_referer"} & {part.strip('"') for part in log.split()}
    assert "proxy_set_header X-Forwarded-Proto https;" in proxy
