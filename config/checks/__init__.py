"""Settings that protect nothing, or cannot work, are errors of Django's system check: each says what to write (OP-15).

Every command asks them, `manage.py work` among them; the web's entry points ask them by themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from config.checks import addresses, protecting, servers, signing_in, working
from config.checks.found import Found
from employees.errors import WrongSettings
from integrations.core.work.schedule import never_run

Rule = Callable[[Any], Iterator[Found]]
# What holds only where people's data is; for trying out, the defaults protect nothing on purpose.
IN_PRODUCTION: Final[Sequence[Rule]] = (
    *protecting.RULES,
    *addresses.RULES,
    *servers.RULES,
    *working.RULES,
    *signing_in.RULES,
)
ALWAYS: Final[Sequence[Rule]] = (working.folder, *signing_in.RULES_EVERYWHERE)


def found() -> list[Found]:
    rules = ALWAYS if settings.DEBUG else (*ALWAYS, *IN_PRODUCTION)
    return [each for rule in rules for each in rule(settings)]


def check_settings(app_configs: object = None, **_: object) -> list[checks.CheckMessage]:
    return [checks.Error(f"{each.name}: {each.wrong}", hint=each.write, id=each.id) for each in found()]


def check_schedule(databases: Sequence[str] | None = None, **_: object) -> list[checks.CheckMessage]:
    """Told by `migrate` after an upgrade: the schedule was run before (OP-02)."""
    if not databases:
        return []
    try:
        rows = never_run()
    except DatabaseError:  # no table yet: others tell of that
        return []
    if not rows:
        return []
    text = f"The queue's schedule is off, and holds rows that are never run any more: {rows}."
    hint = "Samklang needs none of them. What others have put there belongs into their own scheduler, such as cron."
    return [checks.Warning(text, hint=hint, id="samklang.schedule")]


def refuse() -> None:
    """Raise WrongSettings for the first start of a process that no command's check stands before."""
    if wrong := [*found(), *_wrong_names()]:
        lines = [f"{each.name}: {each.wrong} {each.write}" for each in wrong]
        raise WrongSettings("\n".join(["Samklang does not start with these settings:", *lines]))


def _wrong_names() -> list[Found]:
    """Return which roles and accounts the settings name that there are not: people sign in at what starts here."""
    try:
        return list(signing_in.names(settings))
    except DatabaseError:  # away, or before the first migrate: the pages tell of that
        return []


def register() -> None:
    checks.register(check_settings, checks.Tags.security)
    checks.register(check_schedule, checks.Tags.database)
