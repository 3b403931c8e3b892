"""``manage.py demo``: the main job from beginning to end, with sandbox vendors and a real worker."""

import logging
import os
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import connection as database

from config.demo.cast import cast, in_words, make_users
from config.demo.people import approve_at_vendor
from config.demo.processes import Program, accepts_connections, ending_in_order, free_port, free_port_from
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN
from employees.models import Company, Employee
from integrations.core.connecting import accept_terms, create_draft, finish_authorisation, start_authorisation
from integrations.core.health import background_service
from integrations.core.hub.acting import acting_as
from integrations.core.models import Connection, Delivery, Link, Notification, SyncField, SyncRow, SyncRun
from integrations.core.registry import manifests
from integrations.core.report import build_report, report_text
from integrations.core.runs.deciding import approve_run, decide_creations, decide_fields, start_run
from integrations.core.runs.ending import row_states
from integrations.core.runs.operating import work_until

COMPANY = "Demo AB"
NORWEGIAN_COMPANY = "Demo Norge AS"
# Of the sandbox's Visma.net Payroll, which holds the same people.
NORWEGIAN_TENANT = "0f8a1c52-3b1d-4e6a-9c70-1d2e3f405161"
CAST = cast(office_company=NORWEGIAN_COMPANY)
PASSWORD = "samklang"  # noqa: S105 -- printed for whoever tries the demo
PATIENCE_SECONDS = 300.0
MAIL_SECONDS = 60.0


class Command(BaseCommand):
    help = "Rehearse a first synchronisation with the sandbox's Fortnox and a real worker, then serve the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="end after the report")
        parser.add_argument("--people", type=int, default=200, help="people in the demo company and at Fortnox")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other people")
        parser.add_argument("--port", type=int, default=8000, help="port of the admin")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX_VENDORS:
            raise CommandError("The demo only ever talks to the sandbox: unset SANDBOX_VENDORS, or set DEBUG=1.")
        self._require_empty_database()
        call_command("migrate", verbosity=0)
        self._port = options["port"]
        if not options["no_serve"]:
            self._choose_port()
        try:
            with ending_in_order(), ExitStack() as programs:
                self._rehearse(programs, people=options["people"], seed=options["seed"])
                if not options["no_serve"]:
                    self._serve()
        except KeyboardInterrupt:
            self._say("The demo has ended.")

    def _require_empty_database(self) -> None:
        tables = database.introspection.table_names()
        for model in (Company, User):
            if model._meta.db_table in tables and model._default_manager.exists():
                raise CommandError("The demo starts with an empty database: run `make demo`, which gives it one.")

    def _choose_port(self) -> None:
        wanted, self._port = self._port, free_port_from(self._port)
        if self._port != wanted:
            self._say(f"Port {wanted} is in use: the admin will be at port {self._port}.")

    def _rehearse(self, programs: ExitStack, *, people: int, seed: int) -> None:
        self._start(programs, people=people, seed=seed)
        users = self._people(people=people, seed=seed)
        by = users[HR_ADMIN]
        connection = self._connect(users[INTEGRATION_ADMIN])
        run = self._synchronise(connection, by)
        self._change_one(connection, by)
        self._check(connection, run)

    def _say(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(text))
        self.stdout.flush()

    def _start(self, programs: ExitStack, *, people: int, seed: int) -> None:
        port = free_port()
        settings.SANDBOX_URL, settings.PUBLIC_URL = f"http://127.0.0.1:{port}", f"http://localhost:{self._port}"
        self._require_sandbox()
        environment = {**os.environ, "SANDBOX_URL": settings.SANDBOX_URL, "PUBLIC_URL": settings.PUBLIC_URL}
        self._say("Starting the sandbox's vendors and the background service …")
        arguments = ["sandbox", "--port", str(port), "--seed-people", str(people), "--seed", str(seed)]
        sandbox = programs.enter_context(Program(*arguments, environment=environment))
        worker = programs.enter_context(Program("work", environment=environment))
        sandbox.wait_until(lambda: accepts_connections(port))
        worker.wait_until(lambda: background_service().running)

    def _require_sandbox(self) -> None:
        """A vendor's address in the environment would send the made-up people to a real company."""
        for manifest in manifests().values():
            for host in manifest.hosts.values():
                if not host.address().startswith(f"{settings.SANDBOX_URL}/"):
                    raise CommandError(f"The demo only ever talks to the sandbox: unset {host.variable}.")

    def _people(self, *, people: int, seed: int) -> dict[str, User]:
        call_command("seed_people", company=COMPANY, people=people, seed=seed, stdout=self.stdout)
        call_command(
            "seed_people", company=NORWEGIAN_COMPANY, country="NO", people=people, seed=seed, stdout=self.stdout
        )
        User.objects.create_superuser("admin", "operator@demo.example", PASSWORD)
        return make_users(CAST, password=PASSWORD, team_of=COMPANY)

    def _connect(self, by: User) -> Connection:
        connection = create_draft(
            integration="fortnox", company=Company.objects.get(name=COMPANY), label=f"Fortnox – {COMPANY}", by=by
        )
        accept_terms(connection_id=connection.pk, by=by)
        redirect_uri = f"{settings.PUBLIC_URL}/oauth/fortnox/callback"
        started = start_authorisation(connection_id=connection.pk, service_account=False, redirect_uri=redirect_uri)
        callback = approve_at_vendor(started.url)
        connection = finish_authorisation(
            connection_id=connection.pk, callback=callback, started=started, redirect_uri=redirect_uri, by=by
        )
        self._say(f"Connected to {connection.account_shown}.")
        return connection

    def _synchronise(self, connection: Connection, by: User) -> SyncRun:
        run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=by)
        run = self._wait(run, SyncRun.State.REVIEW)
        rows = SyncRow.objects.filter(run=run)
        self._say(
            f"Compared {run.counts['left']} people here with {run.counts['right']} at Fortnox: "
            f"{run.counts['equal']} in step, {rows.filter(kind=SyncRow.Kind.DIFFERS).count()} differ. Deciding …"
        )
        # As an HR admin might: surnames from Fortnox, every other difference as in the hub, missing people both ways.
        decide_fields(run=run, decision=SyncField.Decision.LEFT, by=by, fields=("phone", "bank_account", "address"))
        decide_fields(run=run, decision=SyncField.Decision.RIGHT, by=by, fields=("family_name", "employment_id"))
        decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT), by=by)
        approve_run(run=run, by=by, made_from=None)
        run = self._wait(run, SyncRun.State.DONE, SyncRun.State.DONE_WITH_PROBLEMS)
        self._wait_for_mail(run)
        run.refresh_from_db()
        self._say(f"The report, as it was mailed (the mail itself is in {settings.EMAIL_FILE_PATH}):")
        self.stdout.write(report_text(build_report(run=run)))
        return run

    def _wait_for_mail(self, run: SyncRun) -> None:
        deadline = time.monotonic() + MAIL_SECONDS
        sent = Notification.objects.filter(key=f"run:{run.pk}", sent_at__isnull=False)
        while not sent.exists():
            if time.monotonic() > deadline:
                raise CommandError(f"The report was not mailed. {run.report_error}")
            time.sleep(0.2)

    def _wait(self, run: SyncRun, *states: str) -> SyncRun:
        run = work_until(
            run=run,
            states=(*states, *SyncRun.ENDED),
            in_process=False,
            tell=self.stdout.write,
            patience=PATIENCE_SECONDS,
        )
        if run.state not in states:
            raise CommandError(f"The synchronisation is {run.get_state_display()}. {run.error}")
        return run

    def _change_one(self, connection: Connection, by: User) -> None:
        """From now on a change in the hub reaches Fortnox by itself (G-07)."""
        link = Link.objects.filter(connection=connection, state=Link.State.ACTIVE).order_by("pk").first()
        if link is None:
            raise CommandError("Nobody is linked after the first synchronisation.")
        employee = Employee.objects.get(pk=int(link.left_id))
        employee.street = "Nygatan 100"
        started = time.monotonic()
        with acting_as(user_id=by.pk):
            employee.save()
        sent = Delivery.objects.filter(
            connection=connection, left_id=link.left_id, state=Delivery.State.DONE, mark_version__isnull=False
        )
        while not sent.exists():
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise CommandError("A change in the hub did not reach Fortnox by itself.")
            time.sleep(0.05)
        self._say(
            f"Changed {employee.full_name}'s address in the hub: "
            f"Fortnox had it {time.monotonic() - started:.1f} s later, by itself."
        )

    def _check(self, connection: Connection, run: SyncRun) -> None:
        """The demo worked if the report adds up, nothing failed, and a second comparison finds nothing decided."""
        if run.state != SyncRun.State.DONE or not build_report(run=run).adds_up:
            raise CommandError(f"Not all of it worked: {run.get_state_display()}, {row_states(run=run)}")
        second = start_run(connection=connection, trigger=SyncRun.Trigger.OPERATOR, by=None)
        second = self._wait(second, SyncRun.State.REVIEW, SyncRun.State.DONE)
        written = set(SyncRow.objects.filter(run=run, state=SyncRow.State.WRITTEN).values_list("left_id", "right_id"))
        again = set(SyncRow.objects.filter(run=second).values_list("left_id", "right_id")) & written
        if again:
            raise CommandError(f"{len(again)} people who were written differ again at the second comparison.")
        self._say(
            f"Compared again: {second.counts['equal']} in step; "
            f"{second.counts['rows']} wait for an answer (duplicates, same person under another address)."
        )

    def _serve(self) -> None:
        self._say(f"The admin is at {settings.PUBLIC_URL}/")
        self.stdout.write(
            f"  To try Visma.net Payroll, set it up for {NORWEGIAN_COMPANY} with the Tenant ID {NORWEGIAN_TENANT}."
        )
        self.stdout.write(
            f"  Sign in as {in_words(CAST)} or admin (superuser), password {PASSWORD}. Ctrl+C ends everything."
        )
        self.stdout.flush()
        # One line per request would bury what stands above. The program sets the logs up anew when it is loaded.
        get_internal_wsgi_application()
        logging.getLogger("django.server").setLevel(logging.ERROR)
        with Path(os.devnull).open("w") as nowhere:
            try:
                call_command("runserver", f"127.0.0.1:{self._port}", use_reloader=False, stdout=nowhere)
            except SystemExit as ended:
                raise KeyboardInterrupt from ended
