"""``manage.py sync``: compare, decide in bulk, apply and report, as the pages do."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations.core.models import Connection, SyncField, SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.runs.deciding import RunRefused, approve_run, start_run
from integrations.core.runs.ending import row_states
from integrations.core.runs.operating import ACCEPT, CREATE, decide, ended_well, send_report, work_until

PATIENCE_SECONDS = 24 * 3600.0


class Command(BaseCommand):
    help = (
        "Synchronise a connection: compare both sides, take what --accept and --create decide, write it, "
        "print the report. What they leave undecided is not written. Exit status: 0 every row ended well "
        "(with --compare-only: the comparison is complete), 1 something was refused, moved, held or left "
        "undecided, 2 the run could not be done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", help="ID or name of the connection")
        parser.add_argument("--compare-only", action="store_true", help="compare and stop: nothing is written")
        parser.add_argument(
            "--accept", choices=[*ACCEPT, "suggested"], default="suggested", help="which side's values are taken"
        )
        parser.add_argument("--create", choices=CREATE, default="none", help="where people missing are created")
        parser.add_argument("--include-ended", action="store_true", help="list people who have ended as well")
        parser.add_argument("--whole", action="store_true", help="compare everybody, also where the changes would do")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
        parser.add_argument(
            "--wait", action="store_true", help="leave the work to the background service and wait for it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = find_connection(options["connection"])
        try:
            run = start_run(
                connection=connection,
                trigger=SyncRun.Trigger.OPERATOR,
                by=None,
                include_ended=options["include_ended"],
                whole=options["whole"],
            )
            run = self._until(run, (SyncRun.State.REVIEW, *SyncRun.ENDED), options)
            if run.state not in (SyncRun.State.REVIEW, SyncRun.State.DONE):
                self._end(run, options, status=2)
            if options["compare_only"]:
                self._end(run, options, status=0 if run.counts["complete"] else 1)
            if run.state == SyncRun.State.REVIEW:
                decide(run=run, accept=options["accept"], create=options["create"])
                approve_run(run=run, by=None, made_from=None)
        except RunRefused as error:
            raise CommandError(str(error), returncode=2) from error
        run = self._until(run, SyncRun.ENDED, options)
        if run.state not in SyncRun.ENDED:
            self._end(run, options, status=2)
        if not options["wait"]:
            send_report(run=run)
        self._end(run, options, status=0 if ended_well(run=run) else 1)

    def _until(self, run: SyncRun, states: tuple[str, ...], options: dict[str, Any]) -> SyncRun:
        return work_until(
            run=run,
            states=states,
            in_process=not options["wait"],
            tell=self.stderr.write,
            patience=PATIENCE_SECONDS,
        )

    def _end(self, run: SyncRun, options: dict[str, Any], *, status: int) -> None:
        self.stdout.write(
            json.dumps(summary(run), ensure_ascii=False) if options["json"] else report_text(build_report(run=run))
        )
        sys.exit(status)


def find_connection(name: str) -> Connection:
    """Return a connection by ID or name; raises CommandError that lists what there is."""
    wanted = {"pk": int(name)} if name.isdigit() else {"label__iexact": name}
    found = list(Connection.objects.filter(**wanted)[:2])
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{each.pk} “{each.label}”" for each in Connection.objects.order_by("pk")[:20])
    raise CommandError(
        _("No single connection is called “%(name)s”. There are: %(known)s") % {"name": name, "known": known or "–"},
        returncode=2,
    )


def summary(run: SyncRun) -> dict[str, Any]:
    """Return the result for machines: no personal data."""
    open_fields = SyncField.objects.filter(row__run=run, decision=SyncField.Decision.OPEN).count()
    return {
        "run": run.pk,
        "connection": run.connection_id,
        "state": run.state,
        "error": run.error,
        "counts": run.counts,
        "rows": row_states(run=run),
        "undecided_fields": open_fields,
        "report_error": run.report_error,
    }
