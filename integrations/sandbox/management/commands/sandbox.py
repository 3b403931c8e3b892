from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from integrations.sandbox.server import serve_until_told


class Command(BaseCommand):
    help = "Plays the vendors over HTTP until it is ended; prints its address."
    # It needs no database: its state is its own.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help=_("the address to listen on"))
        parser.add_argument("--port", type=int, default=8090, help=_("the port to listen on; 0 is any free one"))
        parser.add_argument("--seed-people", type=int, default=0, help=_("demo people whom each vendor starts with"))
        parser.add_argument("--seed", type=int, default=1, help=_("which demo people"))

    def handle(self, *_args: Any, **options: Any) -> None:
        serve_until_told(
            host=options["host"], port=options["port"], people=options["seed_people"], seed=options["seed"]
        )
