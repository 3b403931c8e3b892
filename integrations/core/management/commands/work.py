"""``manage.py work``: the one process of the background service to start."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.core.work.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run the background service: the queue's clusters, watched and restarted, and the minute's sweep."

    def add_arguments(self, parser: ArgumentParser) -> None:
        queues = ",".join(settings.QUEUES)
        parser.add_argument("--queues", default=queues, help=f"Comma-separated queues to work on (default: {queues}).")

    def handle(self, *args: Any, **options: Any) -> None:
        queues = [queue.strip() for queue in options["queues"].split(",") if queue.strip()]
        known = set(settings.QUEUES)
        if not queues or not known.issuperset(queues):
            raise CommandError(f"--queues takes some of: {', '.join(sorted(known))}.")
        if settings.BULK_QUEUE in queues:
            # Short work was part of it: whoever named the queues before goes on to serve all of them.
            queues.append(settings.SHORT_QUEUE)
        Supervisor(queues=list(dict.fromkeys(queues)), say=self._say).run()

    def _say(self, line: str) -> None:
        self.stdout.write(f"work: {line}")
        self.stdout.flush()
