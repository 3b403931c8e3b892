"""From every state of a connection, whatever is there, its page leads on to an active connection (G-34)."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from pytest_django import Settings

from employees.models import Company, Employee
from employees.tracking import Operation, Reach, operating, tracked_bulk
from integrations.core import connecting
from integrations.core.admin import status
from integrations.core.admin.wizard import connection_page
from integrations.core.models import Connection, SyncRun
from integrations.core.runs import ending
from integrations.core.runs.deciding import approve_run, cancel_run, start_run
from integrations.core.runs.ending import fail_run
from integrations.core.tokens import lose_authorisation
from tests.core.connected import compare, connect_again
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, apply_all, change
from tests.core.waits import shorten_waits
from tests.core.wizard.conftest import SignIn
from tests.core.wizard.walking import NoWayOn, Walk
from tests.factories import DepartmentFactory

pytestmark = pytest.mark.behaviour("G-34")
State = Connection.State


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    shorten_waits(monkeypatch=monkeypatch, settings=settings)


@pytest.fixture
def both(connected: Connection, company: Company, sandbox: Any) -> Pushed:
    sandbox.limits(requests=10_000, seconds=1)
    Connection.objects.update(settings={"phone_source": "work_phone"})
    connected.refresh_from_db()
    return Pushed(company=company, sandbox=sandbox, connection=connected)


@pytest.fixture
def walk(both: Pushed, sign_in: SignIn) -> Walk:
    return Walk(hr=sign_in("hr_admin"), integrator=sign_in("integration_admin"), connection=both.connection)


# --- What is there: who, before the connection gets to its state; and what happens to them after that ----------


def nobody(both: Pushed) -> None:
    pass


def in_step(both: Pushed) -> None:
    both.pair(1)
    both.pair(2)


def differing(both: Pushed) -> None:
    in_step(both)
    both.pair(3, vendor={"Phone1": PHONE})


def unclear(both: Pushed) -> None:
    both.vendor(1)
    both.vendor(2, Email="p1@demo.example")


def cannot_be_created(both: Pushed) -> None:
    both.hub(1, work_email="")


def only_here(both: Pushed) -> None:
    both.hub(1)


def out_of_scope(both: Pushed) -> None:
    both.pair(1)
    department = DepartmentFactory.create(company=both.company)
    Connection.objects.update(scope={"departments": [department.pk]})


def ended(both: Pushed) -> None:
    both.pair(1, last_workday=date(2021, 1, 1), vendor={"EmployedTo": "2021-01-01", "Inactive": True})


def nothing(both: Pushed) -> None:
    pass


def one() -> Employee:
    return Employee.objects.order_by("pk")[0]


def edit_here(both: Pushed) -> None:
    change(one(), city="Lund")


def edit_on_both_sides(both: Pushed) -> None:
    change(one(), city="Lund")
    both.change_at_vendor("101", City="Malmö")


def many_at_once(both: Pushed) -> None:
    people = list(Employee.objects.values_list("pk", flat=True))
    reach = Reach(changed=dict.fromkeys(people, ("city",)))
    Connection.objects.update(push_limit=1)
    operation = Operation(key="import:1", label="Change import:1", user_id=None, reach=lambda: reach)
    with operating(operation), tracked_bulk(people):
        Employee.objects.update(city="Lund")


def all_leave(both: Pushed) -> None:
    for employee in Employee.objects.all():
        change(employee, last_workday=date(2021, 1, 1))


def all_are_deleted(both: Pushed) -> None:
    for employee in Employee.objects.all():
        employee.delete()


Story = tuple[Callable[[Pushed], None], Callable[[Pushed], None]]
STORIES: dict[str, Story] = {
    "nobody": (nobody, nothing),
    "in step": (in_step, nothing),
    "differing": (differing, nothing),
    "unclear": (unclear, nothing),
    "cannot be created": (cannot_be_created, nothing),
    "only here": (only_here, nothing),
    "out of scope": (out_of_scope, nothing),
    "ended": (ended, nothing),
    "edited here": (in_step, edit_here),
    "edited on both sides": (in_step, edit_on_both_sides),
    "many at once": (in_step, many_at_once),
    "all leave": (differing, all_leave),
    "all are deleted": (differing, all_are_deleted),
}


# --- How the connection stands ---------------------------------------------------------------------------------


def new(both: Pushed) -> None:
    pass


def compared(both: Pushed) -> None:
    both.connection.refresh_from_db()
    assert compare(both.connection).state in (SyncRun.State.REVIEW, SyncRun.State.DONE)


def cancelled(both: Pushed) -> None:
    compared(both)
    cancel_run(run=SyncRun.objects.latest("pk"))


def failed(both: Pushed) -> None:
    fail_run(run=begun(both), error="The list does not end.")


def begun(both: Pushed) -> SyncRun:
    both.connection.refresh_from_db()
    return start_run(connection=both.connection, trigger=SyncRun.Trigger.PERSON, by=None)


def superseded(both: Pushed) -> None:
    compared(both)
    cancel_run(run=begun(both))


def writing(both: Pushed) -> None:
    compared(both)
    approve_run(run=SyncRun.objects.latest("pk"), by=None, made_from=None)


def failed_while_writing(both: Pushed) -> None:
    writing(both)
    fail_run(run=SyncRun.objects.latest("pk"), error="The licence is missing.")


def active(both: Pushed) -> None:
    compared(both)
    apply_all(SyncRun.objects.latest("pk"))
    both.push()


def lost(both: Pushed) -> None:
    lose_authorisation(connection_id=both.connection.pk, reason="Withdrawn.")


def paused(both: Pushed) -> None:
    Connection.objects.update(state=State.PAUSED)


def disconnected(both: Pushed) -> None:
    connecting.disconnect(connection_id=both.connection.pk, by=None)


def again(both: Pushed) -> None:
    both.connection.refresh_from_db()
    connect_again(both.connection)


def drafted(both: Pushed) -> None:
    Connection.objects.update(state=State.DRAFT, credentials="", account_id="", consent_at=None)


STATES: dict[str, tuple[Callable[[Pushed], Any], ...]] = {
    "draft": (drafted,),
    "new": (new,),
    "comparing": (begun,),
    "first one in review": (compared,),
    "first one cancelled": (cancelled,),
    "first one failed": (failed,),
    "first one replaced, and cancelled": (superseded,),
    "first one at work": (writing,),
    "first one failed while writing": (failed_while_writing,),
    "active": (active,),
    "active, in review": (active, compared),
    "active, cancelled": (active, cancelled),
    "active, failed": (active, failed),
    "lost before the first one": (lost,),
    "lost in review": (compared, lost),
    "lost at work": (writing, lost),
    "lost when active": (active, lost),
    "paused when active": (active, paused),
    "paused before the first one": (paused,),
    "disconnected before the first one": (disconnected,),
    "disconnected while comparing": (begun, disconnected),
    "disconnected in review": (compared, disconnected),
    "disconnected at work": (writing, disconnected),
    "disconnected when active": (active, disconnected),
    "disconnected when active, in review": (active, compared, disconnected),
    "connected again": (active, disconnected, again),
    "connected again in review": (compared, disconnected, again),
    "connected again, and lost": (active, disconnected, again, lost),
    "connected again, compared, and lost": (active, disconnected, again, compared, lost),
}


# Every state with the plainest stories, and every story in the plainest states.
EVERYWHERE = ("nobody", "edited on both sides")
PLAIN = ("new", "first one in review", "active", "disconnected when active")
WALKS = [(state, story) for state in STATES for story in STORIES if story in EVERYWHERE or state in PLAIN]


@pytest.mark.parametrize(("state", "story"), WALKS)
def test_its_page_leads_on_until_it_is_active_and_nothing_waits(
    both: Pushed, walk: Walk, state: str, story: str
) -> None:
    who, what = STORIES[story]
    who(both)
    for happens in STATES[state]:
        happens(both)
    what(both)

    walk.to_the_end()

    if story == "edited here":
        assert both.at_vendor("101")["City"] == "Lund"
    if story in ("in step", "edited here", "edited on both sides"):
        change(one(), street="Nygatan 1")
        both.push_until_sent()
        assert both.at_vendor("101")["Address1"] == "Nygatan 1"


@pytest.mark.parametrize(
    ("room", "lost", "states"),
    [
        pytest.param(connection_page, "_continue_url", (active, disconnected), id="nobody can connect again"),
        pytest.param(status, "_before_confirmation", (active, disconnected, again), id="it says that all is done"),
        pytest.param(ending, "_activate", (new,), id="confirming changes nothing"),
    ],
)
def test_the_walk_ends_where_a_page_leads_nowhere(
    both: Pushed,
    walk: Walk,
    monkeypatch: pytest.MonkeyPatch,
    room: ModuleType,
    lost: str,
    states: tuple[Callable[[Pushed], None], ...],
) -> None:
    in_step(both)
    for happens in states:
        happens(both)
    with monkeypatch.context() as patched:
        patched.setattr(room, lost, lambda *args: "")
        with pytest.raises(NoWayOn):
            walk.to_the_end()

    walk.steps.clear()
    walk.to_the_end()
