"""How variables are read: one that cannot be understood ends the start with its name and what to write."""

import logging
import zoneinfo
from pathlib import Path
from typing import Any, Final

import environ

from employees.errors import WrongSettings

NUMBERS: Final = {int: "a whole number, such as 5", float: "a number, such as 5 or 0.5"}
ADDRESSES: Final = {
    "DATABASE_URL": "postgres://user:password@host:5432/name?sslmode=verify-full",
    "EMAIL_URL": "smtp+tls://user:password@host:587",
}
# What dates are written like (config.formats); texts are translated where there is a catalogue.
LANGUAGES: Final = {
    "da": "Dansk",
    "de": "Deutsch",
    "en": "English",
    "fi": "Suomi",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "nn": "Norsk nynorsk",
    "sv": "Svenska",
}


class Environment(environ.Env):
    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        if cast in NUMBERS and not str(self.ENVIRON.get(var, "-")).strip() and default is not self.NOTSET:
            return default
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError as error:
            raise WrongSettings(f"{var} cannot be read: write {NUMBERS.get(cast, 'another value')}.") from error

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        """As written: django-environ leaves out the letters of a number, and takes 1m for 1."""
        return float(value) if cast is float else super().parse_value(value, cast)

    def address(self, name: str, kind: str) -> dict[str, Any]:
        """Return what a URL variable says; its value, which may hold a password, stands in no message."""
        try:
            return dict(getattr(self, kind)(name))
        except Exception:  # noqa: BLE001  # each scheme's reader raises its own
            # Not from its cause, which quotes the value.
            raise WrongSettings(f"{name} cannot be read: write it like {ADDRESSES[name]}.") from None


def language(code: str) -> str:
    """Return the language as Django calls it. Raises ``ImproperlyConfigured`` for one without formats of ours."""
    written = code.strip().lower().replace("_", "-")
    known = written if written in LANGUAGES else written.split("-")[0]
    if known not in LANGUAGES:
        raise WrongSettings(f"LANGUAGE_CODE={code} is unknown: write one of {', '.join(LANGUAGES)}.")
    return known


def time_zone(name: str) -> str:
    """Raises ``ImproperlyConfigured`` for a name that this machine's time zones do not have."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        text = f"TIME_ZONE={name} is unknown: write an area and a city, such as Europe/Stockholm."
        raise WrongSettings(text) from error
    return name


def log_level(name: str) -> str:
    known = logging.getLevelNamesMapping()
    if name.strip().upper() not in known:
        raise WrongSettings(f"LOG_LEVEL={name} is unknown: write DEBUG, INFO, WARNING or ERROR.")
    return name.strip().upper()


def made(folder: Path) -> Path:
    """Make the folder. Raises ``ImproperlyConfigured`` where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"VAR_DIR={folder} cannot be made: write the path of a folder that the user of Samklang may write to."
        raise WrongSettings(text) from error
    return folder
