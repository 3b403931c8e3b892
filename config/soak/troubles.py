"""Everything that goes wrong: at the vendor, with the tokens, and with the background service's processes."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from config.demo.processes import Program
from config.sandbox_control import SandboxClient
from config.soak.passers_by import PassersBy
from integrations.core.work.home import processes_of

REFUSAL: Final = {"ErrorInformation": {"error": 1, "message": "Ogiltigt värde.", "code": 2000106}}
# Seconds after which the vendor is taken to have done or dropped a write; nothing of the soak comes later.
SETTLE_SECONDS: Final = 1.5
LATE_SECONDS: Final = 0.7
# After so many the hub gives a call up.
CALL_SECONDS: Final = 2.0
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"action": "refuse", "status": 500},
    {"action": "refuse", "status": 503, "headers": {"Retry-After": "1"}},
    {"action": "refuse", "status": 429},
    {"action": "refuse", "status": 400, "method": "PUT", "body": REFUSAL},
    {"action": "refuse", "status": 400, "method": "POST", "body": REFUSAL},
    {"action": "drop"},
    {"action": "drop_after", "method": "PUT"},
    {"action": "drop_after", "method": "POST"},
    {"action": "late", "method": "PUT", "seconds": LATE_SECONDS},
    {"action": "late", "method": "POST", "seconds": LATE_SECONDS},
    {"action": "broken_json"},
    {"action": "delay", "seconds": 0.8},
    {"action": "delay", "seconds": 3.0, "method": "GET"},
    {"action": "wrong_total"},
    {"action": "short_page"},
    # In time, and given up by the clock: done at once, or while the hub has long hung up.
    {"action": "trickle", "seconds": 1.0},
    {"action": "trickle", "seconds": 6.0},
    {"action": "late_trickle", "method": "PUT", "seconds": CALL_SECONDS + LATE_SECONDS},
    {"action": "late_trickle", "method": "POST", "seconds": CALL_SECONDS + LATE_SECONDS},
    {"action": "replace", "status": 302, "headers": {"Location": "http://[::1"}},
    {"action": "replace", "status": 408, "body": {}},
    {"action": "replace", "status": 200, "body": "[" * 5000},
)
# What the vendor does not keep of a write, though it says so; whom it is about it always keeps.
NOT_KEPT: Final[tuple[dict[str, Any], ...]] = (
    {"action": "pretend", "fields": ["Phone1", "EmploymentDate"]},
    {"action": "pretend", "fields": ["LastName", "City", "ClearingNo", "BankAccountNo"]},
    {"action": "pretend", "fields": ["Phone1", "LastName", "City", "EmploymentDate", "ClearingNo", "BankAccountNo"]},
    {"action": "cut", "fields": ["LastName", "City"], "longest": 3},
)
NO_EMPLOYEES: Final[tuple[object, ...]] = (None, 7, "x", [], {}, {"EmployeeId": None})
# What is no employee, and what none should hold.
ODD: Final[tuple[dict[str, Any], ...]] = (
    *({"row": row} for row in NO_EMPLOYEES),
    *({"values": {name: [None]}} for name in ("Email", "FirstName", "Phone1", "EmployedTo", "DatedSchedules")),
    *({"values": values} for values in ({"City": True}, {"BankAccountNo": [1, 2]}, {"EmployeeId": None})),
    # Characters that nobody types.
    *({"values": values} for values in ({"LastName": "Ek\0"}, {"City": "Vis\u202eby"}, {"FirstName": "\u200b"})),
)
SECOND_PAGE: Final = {"method": "GET", "path": r"/3/employees[?]page=2"}
ONE_RECORD: Final = {"path": r"/3/employees/\w+$"}
# People on the second page among whom one is odd.
ROWS: Final = 30


@dataclass
class Service:
    """One machine's ``manage.py work``: started again after it was killed."""

    environment: Mapping[str, str]
    _program: Program | None = None

    @property
    def folder(self) -> Path:
        return Path(self.environment["VAR_DIR"]) / "work"

    def start(self) -> None:
        self._program = Program("work", environment=self.environment)
        self._program.__enter__()

    def stop(self) -> None:
        if self._program is not None:
            self._program.__exit__(None, None, None)

    def kill(self) -> None:
        """SIGKILL to the service itself and to all that it started."""
        if self._program is not None:
            self._program.kill()
        while processes := processes_of(self.folder):
            for process in processes:
                _kill(process)

    def kill_one(self, chance: random.Random) -> None:
        processes = processes_of(self.folder)
        if processes:
            _kill(chance.choice(processes))

    def kill_cluster(self, chance: random.Random) -> None:
        processes = processes_of(self.folder)
        if processes:
            with suppress(ProcessLookupError):
                os.killpg(os.getpgid(chance.choice(processes)), signal.SIGKILL)


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@dataclass
class Troubles:
    sandbox: SandboxClient
    services: list[Service]
    chance: random.Random
    passers_by: PassersBy
    # New values of somebody at the vendor, in its names.
    vendor_values: Callable[[], dict[str, str]]
    done: Counter[str] = field(default_factory=Counter)

    def cause(self) -> None:
        """Let one thing go wrong, drawn from the seed."""
        troubles: tuple[tuple[Callable[[], None], int], ...] = (
            (self.fault, 10),
            (self.not_kept, 6),
            (self.edit_between, 4),
            (self.moved_list, 4),
            (self.odd_list, 2),
            (self.odd_record, 3),
            (self.vendor_away, 1),
            (self.end_token, 2),
            (self.withdraw, 1),
            (self.kill_worker, 4),
            (self.kill_cluster, 2),
            (self.kill_service, 1),
        )
        (chosen,) = self.chance.choices([each for each, _ in troubles], [weight for _, weight in troubles])
        self.done[chosen.__name__] += 1
        chosen()

    def fault(self) -> None:
        rule = {"path": "/3/employees", "k": self.chance.randint(1, 3), "count": self.chance.randint(1, 2)}
        self.sandbox.faults([{**rule, **self.chance.choice(FAULTS)}])

    def not_kept(self) -> None:
        method = self.chance.choice(("PUT", "PUT", "PUT", "POST"))
        rule = {"path": "/3/employees", "method": method, "count": self.chance.randint(1, 2)}
        self.sandbox.faults([{**rule, **self.chance.choice(NOT_KEPT)}])

    def edit_between(self) -> None:
        """Somebody edits the person at the vendor whom the hub has just changed, and the hub learns nothing."""
        values = self.vendor_values()
        if values:
            edit = {"action": "edit_after", "collection": "employees", "values": values}
            self.sandbox.faults([{**ONE_RECORD, "method": "PUT", **edit}])

    def moved_list(self) -> None:
        """One goes from the first page, so that somebody slips into it unseen; or somebody comes; or both."""
        goes, comes = self.chance.choice(((True, False), (False, True), (True, True), (True, True)))
        moved = {"remove": self.passers_by.leave() if goes else [], "add": self.passers_by.come() if comes else []}
        self.sandbox.faults([{**SECOND_PAGE, "action": "move_list", **moved}])

    def odd_list(self) -> None:
        at = self.chance.randrange(ROWS)
        self.sandbox.faults([{**SECOND_PAGE, "action": "odd_row", "at": at, **self.chance.choice(ODD)}])

    def odd_record(self) -> None:
        method = self.chance.choice(("GET", "PUT", "POST"))
        address = {"path": "/3/employees$"} if method == "POST" else ONE_RECORD
        self.sandbox.faults([{**address, "method": method, "action": "odd_row", **self.chance.choice(ODD)}])

    def vendor_away(self) -> None:
        how = self.chance.choice(("refuse", "drop"))
        self.sandbox.down(how=how)
        time.sleep(self.chance.uniform(0.5, 3))
        self.sandbox.down(down=False)

    def end_token(self) -> None:
        self.sandbox.tokens("fortnox", action="expire_access")

    def withdraw(self) -> None:
        self.sandbox.tokens("fortnox", action="withdraw_consent")

    def kill_worker(self) -> None:
        self.chance.choice(self.services).kill_one(self.chance)

    def kill_cluster(self) -> None:
        self.chance.choice(self.services).kill_cluster(self.chance)

    def kill_service(self) -> None:
        service = self.chance.choice(self.services)
        service.kill()
        service.start()

    def end(self) -> None:
        """Nothing goes wrong any more."""
        self.sandbox.clear_faults()
        self.sandbox.down(down=False)
