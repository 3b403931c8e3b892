"""What a user is called on a page."""

from django.contrib.auth.base_user import AbstractBaseUser


def user_name(user: AbstractBaseUser | None) -> str:
    """Return the user's full name, or the name to sign in with; empty without a user."""
    if user is None:
        return ""
    full_name: str = getattr(user, "get_full_name", lambda: "")()
    return full_name or user.get_username()


def user_label(user: AbstractBaseUser) -> str:
    """Return the full name with the name to sign in with, which tells namesakes apart."""
    name, username = user_name(user), user.get_username()
    return username if name == username else f"{name} ({username})"
