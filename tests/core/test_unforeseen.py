"""Of a foreign exception its class and frames are told, its message nowhere: neither in a log nor in the task table."""

import json
import logging
import runpy
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.db import IntegrityError, connection
from django.utils.module_loading import import_string
from django_q.signals import post_execute_in_worker
from gunicorn.config import Config

from config.logs import StrangeRequests, WithoutMessages, tell_no_messages
from employees.bulk_tracking import UntrackedChange
from employees.foreign_text import ForeignText
from integrations.core import unforeseen
from integrations.core.models import Lease

pytestmark = pytest.mark.behaviour("G-31", "G-32")

SECRET = "850709-9805"


def fail() -> None:
    raise ValueError(f"DETAIL:  Key (email)=({SECRET})\n  already exists.\nsomething: else")


def failed(cause: bool = True) -> BaseException:
    try:
        try:
            fail()
        except ValueError as error:
            if not cause:
                raise
            raise IntegrityError(f"duplicate key\nDETAIL:  ({SECRET})") from error
    except (ValueError, IntegrityError) as error:
        return error
    raise AssertionError


def text_of(error: BaseException) -> str:
    """The text that django-q2 makes of a failed task's exception."""
    return f"{error} : {''.join(traceback.format_exception(error))}"


def written(record: logging.LogRecord) -> str:
    return WithoutMessages("%(levelname)s %(message)s").format(record)


def record(msg: object, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info: Any = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("product", logging.ERROR, "x.py", 1, msg, args, exc_info)


def test_an_exception_is_described_by_its_classes_and_frames() -> None:
    said = unforeseen.describe(failed())
    assert said.startswith("IntegrityError at core/test_unforeseen.py:")
    assert "after ValueError at core/test_unforeseen.py:" in said
    assert "fail < " in said
    assert SECRET not in said


def test_an_exception_of_a_thousand_frames_is_described_by_its_innermost() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert unforeseen.describe(caught.value).count("deeper") <= unforeseen.FRAMES


@pytest.mark.parametrize("cause", [True, False])
def test_a_traceback_that_is_a_text_already_is_described_the_same(cause: bool) -> None:
    said = unforeseen.describe_text(text_of(failed(cause)))
    assert said == unforeseen.describe(failed(cause))
    assert unforeseen.describe_text(SECRET) == "no traceback"


def test_the_task_table_gets_no_message() -> None:
    task = {"success": False, "result": text_of(failed())}
    post_execute_in_worker.send(sender="django_q", func=fail, task=task)
    assert (SECRET in str(task["result"]), "IntegrityError at " in str(task["result"])) == (False, True)
    done = {"success": True, "result": "what it gave"}
    post_execute_in_worker.send(sender="django_q", func=fail, task=done)
    # A task's own answer may be a vendor's words, and nobody reads it.
    assert done["result"] is None


@pytest.mark.parametrize(
    "logged",
    [
        record("Internal Server Error: %s", "/admin/", error=failed()),
        record("Error calling %s in on_commit() (%s).", "ring", failed()),
        record(failed()),
        record(failed(), "an argument without a place"),
        record("%(error)s", {"error": failed()}),
        record("%s", [{"error": (failed(),)}]),
    ],
    ids=["traceback", "argument", "message", "message with arguments", "mapping", "nested"],
)
def test_a_log_line_has_no_message_of_an_exception(logged: logging.LogRecord) -> None:
    # Another handler has written it before.
    logging.Formatter().format(logged) if not isinstance(logged.msg, BaseException) else None
    assert (SECRET in written(logged), "IntegrityError at " in written(logged)) == (False, True)


FOREIGN = [
    lambda: b"850709-9805\xff".decode(),
    lambda: json.loads(f'{{"id": "{SECRET}"'),
    lambda: requests.Request("GET", "http://localhost", headers={"X": f"{SECRET}\n"}).prepare(),
    lambda: int(SECRET),
    lambda: dict[str, str]()[SECRET],
]


@pytest.mark.parametrize("raising", FOREIGN)
@pytest.mark.parametrize("how", [str, repr, lambda error: f"It broke: {error}", lambda error: f"{error.args}"])
def test_a_line_that_was_made_of_an_exception_before_has_no_message_either(
    raising: Callable[[], object], how: Callable[[Exception], str]
) -> None:
    lines = []
    try:
        raising()
    except Exception as error:  # noqa: BLE001 -- whatever it is
        logged = record(how(error)), record("%s", how(error)), record("It broke", error=error)
        lines = [written(each) for each in logged]

    assert [SECRET in line for line in lines] == [False] * 3


def test_a_vendors_words_stand_in_no_line() -> None:
    said = ForeignText("A phrase of theirs")
    assert written(record("Refused: %s", said)) == "ERROR Refused: (a vendor's words)"


def test_a_message_of_ours_that_holds_no_value_is_told() -> None:
    assert unforeseen.describe(UntrackedChange("7 records")).startswith("UntrackedChange (7 records)")
    assert "(7 records)" in written(record("Ended", error=UntrackedChange("7 records")))


def test_a_message_that_looks_like_a_traceback_is_not_told() -> None:
    forged = f'Traceback (most recent call last):\n  File "{SECRET}", line 1, in {SECRET}\nSecret: x'
    with pytest.raises(ValueError, match="Traceback") as caught:
        raise ValueError(forged)

    assert SECRET not in unforeseen.describe_text(text_of(caught.value))


def test_the_web_servers_own_lines_tell_no_message_and_no_query(capsys: pytest.CaptureFixture[str]) -> None:
    class_path = runpy.run_path("gunicorn.conf.py")["logger_class"]
    config = Config()
    config.set("errorlog", "-")
    logger = import_string(class_path)(config)
    try:
        fail()
    except ValueError:
        logger.exception("Error handling request %s", f"/employees/?q={SECRET}")
        logger.warning(f"Invalid request: {sys.exc_info()[1]}")
    said = capsys.readouterr().err
    assert (SECRET in said, "ValueError at " in said, "/employees/" in said) == (False, True, True)


def test_what_ends_a_process_or_a_thread_is_described(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (logging, "raiseExceptions")):
        monkeypatch.setattr(module, name, getattr(module, name))
    tell_no_messages()
    error = failed()
    sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    # A line that cannot be put together is written with all its arguments otherwise.
    handler = logging.StreamHandler(sys.stderr)
    handler.handle(logging.LogRecord("x", logging.ERROR, "x.py", 1, "%d", (SECRET,), None))
    said = capsys.readouterr().err
    assert (SECRET in said, "IntegrityError at " in said, "ValueError at " in said) == (False, True, True)


def test_other_log_lines_stay_as_they_are() -> None:
    assert written(record("Connection %s of %s", 7, "Ada")) == "ERROR Connection 7 of Ada"
    assert written(record("100 %")) == "ERROR 100 %"


def test_the_product_logs_so(settings: Any) -> None:
    formatter = settings.LOGGING["formatters"][settings.LOGGING["handlers"]["console"]["formatter"]]
    assert formatter["()"] == "config.logs.WithoutMessages"
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []
    (name,) = settings.LOGGING["handlers"]["console"]["filters"]
    assert settings.LOGGING["filters"][name]["()"] == "config.logs.StrangeRequests"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("django.security.DisallowedModelAdminLookup", "WARNING Filtering by type not allowed"),
        ("django.request", "ERROR Filtering by type not allowed\nValueError at "),
    ],
)
def test_what_anybody_can_ask_for_is_one_line_and_no_error(name: str, line: str) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        asked = logging.LogRecord(name, logging.ERROR, "x.py", 1, "Filtering by type not allowed", None, sys.exc_info())

    assert StrangeRequests().filter(asked)

    said = written(asked)
    assert said.startswith(line)
    assert ("\n" in said) is ("\n" in line)


@pytest.mark.django_db(transaction=True)
def test_what_the_database_says_of_a_row_is_not_told() -> None:
    Lease.objects.create(name=SECRET, until="2026-01-01T00:00:00Z")
    with pytest.raises(IntegrityError) as caught:
        Lease.objects.create(name=SECRET, until="2026-01-01T00:00:00Z")
    assert SECRET not in unforeseen.describe(caught.value)
    assert SECRET not in unforeseen.describe_text(text_of(caught.value))
    assert connection.vendor in {"sqlite", "postgresql"}
