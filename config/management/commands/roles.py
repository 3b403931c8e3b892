"""``manage.py roles``: prints the guide's page of roles, from the table."""

from typing import Any

from django.core.management.base import BaseCommand

from config.roles_guide import render


class Command(BaseCommand):
    help = "Print who may see and do what, as Markdown: the page docs/roles.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(render(), ending="")
