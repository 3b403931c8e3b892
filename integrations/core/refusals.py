"""How vendors' clients say that a right is missing (pure, G-41)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from integrations.core.errors import Forbidden, RightMissing


@contextmanager
def about_everybody() -> Iterator[None]:
    """A call is about no record, so a right that is missing for it is the authorisation's."""
    try:
        yield
    except Forbidden as error:
        raise RightMissing(error.message, status=error.status, code=error.code) from error


def forbidden_message(*, vendor: str, said: str) -> str:
    return _("Whoever connected %(vendor)s has no right to this there. (%(said)s)") % {"vendor": vendor, "said": said}


def right_message(*, vendor: str, said: str) -> str:
    return _("The connection lacks a right in %(vendor)s. (%(said)s)") % {"vendor": vendor, "said": said}
