"""Django's command, which takes any password without asking and, asked, lets a weak one pass."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

VARIABLE = "DJANGO_SUPERUSER_PASSWORD"


def require_good(password: str, user: Any = None) -> None:
    """Raise CommandError, in words, for a password that the validators refuse."""
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise CommandError(
            f"The password is not taken, and nobody was created: {' '.join(refused.messages)} Try again with another."
        ) from refused


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not options["interactive"] and os.environ.get(VARIABLE):
            model: Any = self.UserModel
            names = (model.USERNAME_FIELD, *model.REQUIRED_FIELDS)
            given = {
                name: options.get(name) or os.environ.get(f"DJANGO_SUPERUSER_{name.upper()}", "") for name in names
            }
            require_good(os.environ[VARIABLE], model(**given))
        # Django's own way to ask offers to bypass what it has just refused.
        asking: Any = createsuperuser
        lenient, asking.validate_password = asking.validate_password, require_good
        try:
            super().handle(*args, **options)
        finally:
            asking.validate_password = lenient
