"""``manage.py reset_second_factor``: for whoever has lost the phone and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from employees.access import second_factor
from employees.access.databases import database_in_words


class Command(BaseCommand):
    help = "Takes a user's second factor and recovery codes away, ends all sign-ins, and tells the user by e-mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the name that the user signs in with")
        parser.add_argument("--by", required=True, help="your own name: it is kept with what was done")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"No user signs in with the name “{options['user']}”. Database: {database_in_words()}")
        if second_factor.device_of(user) is None:
            raise CommandError(f"{user.get_username()} has no second factor. Database: {database_in_words()}")
        second_factor.reset(user, by=None, operator=options["by"][:150])
        told = "was told by e-mail" if user.email else "has no e-mail address: tell them yourself"
        self.stdout.write(
            f"The second factor of user {user.pk} ({user.get_username()}) is reset, all sign-ins have ended;"
            f" {user.get_username()} {told}.\nDatabase: {database_in_words()}"
        )
