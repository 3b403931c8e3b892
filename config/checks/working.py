"""Numbers and times that cannot work, by themselves or beside each other; a folder that cannot be written to."""

import tempfile
from collections.abc import Iterator
from typing import Any, Final

from config.checks.found import Found, is_positive

SECONDS: Final = (
    "LEASE_SECONDS",
    "HTTP_CONNECT_TIMEOUT",
    "HTTP_READ_TIMEOUT",
    "SWEEP_SECONDS",
    "CANARY_SECONDS",
    "CANARY_PATIENCE_SECONDS",
    "TASK_SECONDS",
    "RETRY_SECONDS",
    "OUTAGE_SECONDS",
    "PROBLEM_MAIL_SECONDS",
    "PROBLEM_MAIL_LONGEST_SECONDS",
    "EMAIL_TIMEOUT",
)
MOST_WORKERS: Final = 64


def folder(settings: Any) -> Iterator[Found]:
    """Only where something is written there: the database, the cache or the mails of the embedded defaults."""
    files = str(settings.VAR_DIR)
    written = (
        settings.DATABASES["default"]["NAME"],
        settings.CACHES["default"]["LOCATION"],
        settings.EMAIL_FILE_PATH if "File" in settings.EMAIL_BACKEND else "",
    )
    if not any(str(each).startswith(files) for each in written):
        return
    try:
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.VAR_DIR) as file:
            file.write(b"-")
    except OSError:
        text = f"nothing can be written to {files}."
        yield Found(
            "VAR_DIR", text, "Write the path of a folder that the user of Samklang may write to, with room left."
        )


def numbers(settings: Any) -> Iterator[Found]:
    for name in SECONDS:
        if not is_positive(getattr(settings, name)):
            yield Found(name, "it is not above 0.", "Write a number of seconds above 0, or leave it out.")
    if not 0 < settings.QUEUE_WORKERS <= MOST_WORKERS:
        yield Found("QUEUE_WORKERS", f"it is not between 1 and {MOST_WORKERS}.", "Write 2, or leave it out.")
    if settings.SETTLE_SECONDS is not None and not is_positive(settings.SETTLE_SECONDS):
        yield Found("SETTLE_SECONDS", "it is not above 0.", "Leave it out: each vendor's own is known.")
    used = settings.DATABASES["default"]
    if used["CONN_MAX_AGE"] is not None and used["CONN_MAX_AGE"] < 0:
        yield Found("DATABASE_CONN_MAX_AGE", "it is below 0.", "Write 60, or leave it out.")
    if not is_positive(used.get("OPTIONS", {}).get("timeout", 1)):
        yield Found("SQLITE_TIMEOUT", "it is not above 0.", "Write 20, or leave it out.")


def times_beside_each_other(settings: Any) -> Iterator[Found]:
    for name, value, limit_name, limit in _orders(settings):
        if is_positive(value) and is_positive(limit) and value >= limit:
            text = f"it is {value:g}, and must be below {limit_name} ({limit:g})."
            yield Found(name, text, f"Write less than {limit:g}, or leave it out.")


def _orders(settings: Any) -> Iterator[tuple[str, float, str, float]]:
    call = settings.HTTP_CONNECT_TIMEOUT + settings.HTTP_READ_TIMEOUT
    # Else somebody else takes over what a call that still runs may do.
    yield "HTTP_READ_TIMEOUT (with HTTP_CONNECT_TIMEOUT)", call, "LEASE_SECONDS", settings.LEASE_SECONDS
    yield "CANARY_SECONDS", settings.CANARY_SECONDS, "CANARY_PATIENCE_SECONDS", settings.CANARY_PATIENCE_SECONDS
    for queue, times in {"bulk": settings.Q_CLUSTER, **settings.Q_CLUSTER["ALT_CLUSTERS"]}.items():
        timeout = times["timeout"]
        yield f"Q_CLUSTER, timeout of {queue}", timeout, "its retry", times["retry"]
        for name in ("TASK_SECONDS", "HTTP_READ_TIMEOUT", "EMAIL_TIMEOUT"):
            yield name, getattr(settings, name), f"the time-out of the queue {queue}", timeout


RULES: Final = (numbers, times_beside_each_other)
