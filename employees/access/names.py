"""Whose name somebody typed to sign in: capitals aside, since e-mail addresses are names and phones begin with one."""

from django.contrib.auth.models import User


def user_named(typed: str) -> User | None:
    """Return the user of exactly this name, else the only one who has it capitals aside."""
    found = list(User.objects.filter(username__iexact=typed).order_by("pk"))
    exact = next((user for user in found if user.get_username() == typed), None)
    return exact or (found[0] if len(found) == 1 else None)
