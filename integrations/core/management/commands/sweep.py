"""``manage.py sweep``: the minute's round, once, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations.core.sweep import sweep


class Command(BaseCommand):
    help = "Ring for everything that waits in the database; `manage.py work` does so every minute by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep()
        self.stdout.write(
            f"Waiting: {swept.compares} to compare, {swept.applies} to apply, {swept.notifications} e-mails to send."
        )
