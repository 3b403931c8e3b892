"""``manage.py unlock_sign_in``: let somebody, or an address, try again at once."""

from argparse import ArgumentParser
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from employees.access import code_pauses
from employees.access.addresses import counted_address
from employees.access.databases import database_in_words
from employees.access.lockout import name_of


class Command(BaseCommand):
    help = "Forgets failed sign-ins of a user or from an address, so that they may try again at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--user", help="the name that the user signs in with")
        which.add_argument("--address", help="the address from which was tried, such as 192.0.2.7")
        which.add_argument("--all", action="store_true", help="everybody and every address")

    def handle(self, *args: Any, **options: Any) -> None:
        attempts, what, users = self._asked_for(options)
        failures = attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
        addresses = attempts.order_by().values("ip_address").distinct().count()
        attempts.delete()
        pauses = code_pauses.lift(users)
        self.stdout.write(
            f"Unlocked {what}: {failures} failed sign-ins from {addresses} addresses are forgotten."
            if failures
            else f"Nothing to unlock: no failed sign-ins of {what} are counted."
        )
        if pauses:
            self.stdout.write("The pause after wrong codes is over.")
        if options["user"] and not failures and not pauses:
            self.stdout.write("If the page says that it is shut, the address may be: run it with --address.")
        self.stdout.write(f"Database: {database_in_words()}")

    def _asked_for(self, options: dict[str, Any]) -> tuple[Any, str, list[int] | None]:
        """Return the failures, whose they are in words, and which users they are of; None: of all."""
        if options["all"]:
            return AccessAttempt.objects.all(), "everybody", None
        if options["user"]:
            user = User.objects.filter(username=options["user"]).first()
            if user is None:
                raise CommandError(
                    f"No user signs in with the name “{options['user']}”. Database: {database_in_words()}"
                )
            attempts = AccessAttempt.objects.filter(username=name_of(user.pk))
            return attempts, f"user {user.pk} ({user.get_username()})", [user.pk]
        address = counted_address(options["address"])
        if address is None:
            raise CommandError(f"“{options['address']}” is no address. Write one such as 192.0.2.7 or 2001:db8::1.")
        return AccessAttempt.objects.filter(ip_address=address), f"the address {address}", []
