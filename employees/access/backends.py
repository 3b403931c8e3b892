"""Passwords, for whoever may sign in with one."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from employees.access.names import user_named


class PasswordBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Take nobody's password but the emergency account's where the provider signs everybody else in.

        It is compared all the same, so that the time it takes tells nothing.
        """
        known = user_named(username) if username else None
        name = known.get_username() if known else username
        user = super().authenticate(request, username=name, password=password, **kwargs)
        if user is None or settings.PASSWORD_SIGN_IN or user.get_username() == settings.EMERGENCY_USER:
            return user
        return None
