"""Whose name somebody typed to sign in: capitals aside, since e-mail addresses are names and phones begin with one."""

import unicodedata
from typing import Final

from django.contrib.auth.models import User

LONGEST: Final[int] = User._meta.get_field("username").max_length or 0


def alike(typed: str) -> str:
    """Return what all writings of a name have in common that lead to one user, whether there is one or not."""
    return unicodedata.normalize("NFKC", typed).casefold().strip()


def user_named(typed: str) -> User | None:
    """Return the user of exactly this name, else the only one who has it capitals aside."""
    if len(typed) > LONGEST:
        # Nobody's; and a database that is asked for too much says that it is away.
        return None
    found = list(User.objects.filter(username__iexact=typed).order_by("pk"))
    exact = next((user for user in found if user.get_username() == typed), None)
    return exact or (found[0] if len(found) == 1 else None)
