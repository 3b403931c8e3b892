"""``manage.py soak --seconds 60 --seed 1``: the product under random edits, faults and kills (docs/reliability.md)."""

import os
import random
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection as database

from config.demo.people import approve_at_vendor
from config.demo.processes import Program, accepts_connections, ending_in_order, free_port
from config.sandbox_control import SandboxClient
from config.soak.passers_by import PassersBy, is_passer_by
from config.soak.people import LIMIT, Editors
from config.soak.record import Record
from config.soak.sides import vendor_people
from config.soak.soaking import REDIRECT, NeverRested, Soak
from config.soak.troubles import CALL_SECONDS, SETTLE_SECONDS, Service, Troubles
from employees.models import Company, Employee
from integrations.core.connecting import accept_terms, create_draft, finish_authorisation, start_authorisation
from integrations.core.health import background_service
from integrations.core.models import Connection, Link, SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import approve_run, decide_creations, decide_fields, start_run

COMPANY: Final = "Soak AB"
MACHINES: Final = 2
# Waits short enough that what was killed is back within seconds; a lease still outlives a call.
WAITS: Final = {
    "LEASE_SECONDS": "4",
    "SWEEP_SECONDS": "1",
    "HTTP_CONNECT_TIMEOUT": "1.5",
    "HTTP_READ_TIMEOUT": str(CALL_SECONDS),
    "SETTLE_SECONDS": str(SETTLE_SECONDS),
    "RETRY_SECONDS": "0.2",
    "TASK_SECONDS": "5",
    "CANARY_SECONDS": "0.5",
    "CANARY_PATIENCE_SECONDS": "5",
    "QUEUE_WORKERS": "2",
    "LOG_LEVEL": "CRITICAL",
}


class Command(BaseCommand):
    help = "Edit, fail and kill at random, let it settle, and compare every field of every person on both sides."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="how long the storm lasts (default 60)")
        parser.add_argument("--seed", type=int, default=None, help="of everything that is drawn; default: the time")
        parser.add_argument("--people", type=int, default=40, help="people on both sides at the beginning")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX_VENDORS:
            raise CommandError("The soak only ever talks to the sandbox: unset SANDBOX_VENDORS, or set DEBUG=1.")
        call_command("migrate", verbosity=0)
        if Company.objects.exists() or User.objects.exists():
            raise CommandError("The soak starts with an empty database: run `make soak`, which gives it one.")
        self.seed = int(time.time()) if options["seed"] is None else options["seed"]
        self.chance = random.Random(self.seed)  # noqa: S311 -- repeats the case, protects nothing
        with ending_in_order(), ExitStack() as programs:
            soak = self._begin(programs, people=options["people"])
            self._soak(soak, seconds=options["seconds"])

    def _soak(self, soak: Soak, *, seconds: float) -> None:
        self.stdout.write(f"Soaking for {seconds:g} s, seed {self.seed} …")
        soak.rage(seconds)
        self.stdout.write("Letting it settle …")
        try:
            soak.settle()
        except NeverRested as never:
            raise CommandError(f"seed={self.seed} {soak.figures()}\nnever came to rest: {never}") from never
        verdict = soak.judge()
        self.stdout.write(f"seed={self.seed} seconds={seconds:g} {soak.figures()}")
        self.stdout.write(str(verdict))
        if not verdict.clean:
            raise CommandError("\n".join([f"seed {self.seed}", *verdict.traces()[:20]]))

    # --- Beginning ----------------------------------------------------------------------------------------

    def _begin(self, programs: ExitStack, *, people: int) -> Soak:
        port = free_port()
        settings.SANDBOX_URL = f"http://127.0.0.1:{port}"
        for name in ("HTTP_CONNECT_TIMEOUT", "HTTP_READ_TIMEOUT", "SETTLE_SECONDS"):
            setattr(settings, name, float(WAITS[name]))
        environment = {**os.environ, **WAITS, "SANDBOX_URL": settings.SANDBOX_URL, "DATABASE_URL": self._database()}
        seed = self.chance.randrange(1_000)
        arguments = ["sandbox", "--port", str(port), "--seed-people", str(people), "--seed", str(seed)]
        sandbox = programs.enter_context(Program(*arguments, environment=environment))
        sandbox.wait_until(lambda: accepts_connections(port))
        client = SandboxClient(url=settings.SANDBOX_URL)
        call_command("seed_people", company=COMPANY, people=people, seed=seed, verbosity=0, stdout=self.stdout)
        passers_by = PassersBy()
        passers_by.fill(client)
        by = User.objects.create_superuser("hanna", "hanna@demo.example")
        services = self._machines(programs, environment)
        connection = self._connect(by)
        self._synchronise(connection, by)
        self._part_with_unlinked(connection, client)
        Connection.objects.filter(pk=connection.pk).update(creates_by_itself=True, push_limit=LIMIT)
        people_there = vendor_people(client.state("fortnox", "employees"))
        record = Record(at_first={person["work_email"]: person for person in people_there.values()})
        client.clear_calls()
        client.latency(mean=120, jitter=0.5)
        editors = Editors(Company.objects.get(), connection, by, client, self.chance, record)
        return Soak(
            connection,
            by,
            client,
            editors,
            Troubles(client, services, self.chance, passers_by, editors.vendor_values),
            self.chance,
            record,
            self.stdout.write,
        )

    def _database(self) -> str:
        """Return the address of the one database that all machines share."""
        name = database.settings_dict
        if database.vendor == "sqlite":
            return f"sqlite:///{name['NAME']}"
        return os.environ["DATABASE_URL"]

    def _machines(self, programs: ExitStack, environment: dict[str, str]) -> list[Service]:
        """Start the background service as on two machines: each with a folder of its own."""
        services = []
        for number in range(1, MACHINES + 1):
            folder = Path(settings.VAR_DIR) / f"machine-{number}"
            folder.mkdir(parents=True, exist_ok=True)
            service = Service({**environment, "VAR_DIR": str(folder)})
            programs.callback(service.stop)
            service.start()
            services.append(service)
        deadline = time.monotonic() + 60
        while not background_service().running:
            if time.monotonic() > deadline:
                raise CommandError("The background service did not start.")
            time.sleep(0.2)
        return services

    def _connect(self, by: User) -> Connection:
        connection = create_draft(integration="fortnox", company=Company.objects.get(), label="Fortnox", by=by)
        accept_terms(connection_id=connection.pk, by=by)
        started = start_authorisation(connection_id=connection.pk, service_account=False, redirect_uri=REDIRECT)
        return finish_authorisation(
            connection_id=connection.pk,
            callback=approve_at_vendor(started.url),
            started=started,
            redirect_uri=REDIRECT,
            by=by,
        )

    def _synchronise(self, connection: Connection, by: User) -> None:
        """The first synchronisation: the hub's values go to the vendor, missing people both ways."""
        run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=by)
        self._await(run, SyncRun.State.REVIEW)
        decide_fields(run=run, decision=SyncField.Decision.LEFT, by=by)
        decide_fields(run=run, decision=SyncField.Decision.RIGHT, by=by, fields=("employment_id",))
        decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT), by=by)
        approve_run(run=run, by=by, made_from=None)
        self._await(run, SyncRun.State.DONE, SyncRun.State.DONE_WITH_PROBLEMS)
        connection.refresh_from_db()

    def _part_with_unlinked(self, connection: Connection, client: SandboxClient) -> None:
        """Leave only people who are on both sides: of the demo's others a person would have to say who they are."""
        links = Link.objects.filter(connection=connection, state=Link.State.ACTIVE)
        left_ids, right_ids = (set(links.values_list(name, flat=True)) for name in ("left_id", "right_id"))
        for employee in Employee.objects.order_by("-manager_id", "pk"):
            if str(employee.pk) not in left_ids:
                employee.delete()
        for record in client.state("fortnox", "employees"):
            if record["EmployeeId"] not in right_ids and not is_passer_by(record):
                client.remove("fortnox", "employees", record["EmployeeId"])

    def _await(self, run: SyncRun, *states: str) -> None:
        deadline = time.monotonic() + 120
        while run.state not in states:
            if time.monotonic() > deadline or run.state == SyncRun.State.FAILED:
                raise CommandError(f"The first synchronisation is {run.state}: {run.error}")
            time.sleep(0.2)
            run.refresh_from_db()
