"""Django's command, which tells nobody: the user is, and it is kept."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from employees.access import passwords


class Command(changepassword.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--by", default="", help="your own name: it is kept with what was done")

    def handle(self, *args: Any, **options: Any) -> str | None:
        said = super().handle(*args, **options)
        user = User.objects.filter(username=options["username"] or getpass.getuser()).first()
        if user is not None:
            passwords.set_by_other(user, request=None, by=None, operator=options["by"][:150])
        return said
