"""How a person stands in each connection: what the person's page shows of it (G-11, G-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from employees.models import Employee
from employees.zones import today_of
from integrations.core.admin import badges
from integrations.core.admin.choosing import choose_url, chosen_label
from integrations.core.admin.connections import connections_of
from integrations.core.admin.declared import integration_label, record_url
from integrations.core.admin.shown_problems import row_reason
from integrations.core.allowed import Right, may, permitted
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.tracking import RESOURCE
from integrations.core.marks import HELD_BY
from integrations.core.models import Connection, Link, Mark, Problem, SyncRow
from integrations.core.problems import OPEN
from integrations.core.runs.plan import LINKED
from integrations.core.takeovers import holder_of


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a person stands in one connection; without a link the person is not there yet (G-14).

    ``refused`` is the last row of a synchronisation that was refused, where nothing was written since.
    """

    connection: Connection
    link: Link | None
    badge: dict[str, Any]
    vendor_url: str
    problem: Problem | None
    refused: SyncRow | None
    refused_why: str
    # What to do next, of somebody who is not there; why a change waits, of somebody who is.
    note: str
    # Whether the reader runs synchronisations of this integration.
    may_run: bool

    @property
    def gone_at(self) -> datetime | None:
        return self.link.gone_at if self.link and self.link.state in LINKED else None

    @property
    def can_create_anew(self) -> bool:
        return self.gone_at is not None and self.can_disconnect

    @property
    def synced_at(self) -> datetime | None:
        return self.link.synced_at if self.link else None

    @property
    def can_disconnect(self) -> bool:
        return self.may_run and self.link is not None and self.link.state == Link.State.ACTIVE

    @property
    def chosen(self) -> str:
        """Which of several that the vendor holds is kept in step; empty where there is only one."""
        return chosen_label(self.link) if self.link else ""

    @property
    def choose_url(self) -> str:
        return choose_url(self.link) if self.link and self.may_run else ""

    @property
    def can_connect_again(self) -> bool:
        return self.may_run and self.link is not None and self.link.state == Link.State.DISCONNECTED


def standings(request: HttpRequest, employee: Employee) -> list[Standing]:
    connections = list(permitted(connections_of_person(employee), request.user))
    subject = {"connection__in": connections, "resource": RESOURCE, "left_id": str(employee.pk)}
    # Of several links the newest counts: a person who was gone may have been linked again.
    links = {link.connection_id: link for link in Link.objects.filter(**subject).order_by("pk")}
    problems = {
        problem.connection_id: problem
        for problem in Problem.objects.filter(**subject, state__in=OPEN).order_by("last_at")
    }
    rows = _refused(employee, connections)
    refused = {each.pk: _open_refusal(rows.get(each.pk), links.get(each.pk)) for each in connections}
    held = {each.connection_id: each for each in Mark.objects.filter(**subject)}
    return [
        Standing(
            connection=each,
            link=links.get(each.pk),
            badge=_badge(each, links.get(each.pk), employee),
            vendor_url=_vendor_url(each, links.get(each.pk)),
            problem=problems.get(each.pk),
            refused=refused[each.pk],
            refused_why=row_reason(request, row) if (row := refused[each.pk]) else "",
            note=_note_of_moved(each, employee) or _note(each, links.get(each.pk), employee, held.get(each.pk)),
            may_run=may(request.user, Right.RUN, each.integration),
        )
        for each in connections
    ]


def connections_of_person(employee: Employee) -> QuerySet[Any]:
    """Return those of the person's company, and those of a former one along which the person is still linked."""
    still = Link.objects.filter(resource=RESOURCE, left_id=str(employee.pk), state__in=LINKED)
    former = Connection.objects.exclude(state=Connection.State.DRAFT).filter(pk__in=still.values("connection"))
    return (connections_of(employee.company_id) | former).order_by("label")


def _note_of_moved(connection: Connection, employee: Employee) -> str:
    if not _is_former(connection, employee):
        return ""
    return _(
        "The person belonged to %(company)s, whose connection this is: nothing is compared or sent any more."
        " Disconnect the person, or move the person back."
    ) % {"company": connection.company}


def _is_former(connection: Connection, employee: Employee) -> bool:
    return connection.company_id not in (None, employee.company_id)


def _vendor_url(connection: Connection, link: Link | None) -> str:
    return record_url(connection=connection, resource=RESOURCE, right_id=link.right_id if link else "")


def _badge(connection: Connection, link: Link | None, employee: Employee) -> dict[str, Any]:
    if link is not None and link.gone_at and link.state == Link.State.ACTIVE:
        vendor = integration_label(connection.integration)
        return {"text": _("Gone at %(vendor)s") % {"vendor": vendor}, "variant": badges.ATTENTION}
    if link is not None and link.state != Link.State.GONE_RIGHT:
        return badges.badge(link, badges.LINK)
    text = _("Not in %(connection)s yet") if _takes_part(connection, employee) else _("Takes no part")
    return {"text": text % {"connection": connection.label}, "variant": badges.PLAIN}


def _takes_part(connection: Connection, employee: Employee) -> bool:
    """Whether the person may be created there: in the scope, and not left."""
    departments, chosen = connection.scope.get("departments", []), connection.scope.get("employees", [])
    in_scope = not (departments or chosen) or employee.department_id in departments or employee.pk in chosen
    today = today_of(connection)
    return in_scope and (employee.last_workday is None or employee.last_workday >= today)


def _note(connection: Connection, link: Link | None, employee: Employee, mark: Mark | None) -> str:
    held_by = mark.held_by if mark is not None else None
    if held_by == "" and (waits := _waits_for_address(connection, employee)):
        return waits
    if link is None or link.state == Link.State.GONE_RIGHT:
        return _next_step_of_missing(connection) if _takes_part(connection, employee) else ""
    if mark is not None and (mark.held_fields or mark.held_by.startswith(HELD_BY)):
        return _("A change waits with a mass change, until somebody releases it.")
    if held_by in (Mark.Hold.DISCONNECTED, Mark.Hold.SCOPE):
        return _("A change waits until the person takes part again.")
    return _waits_for_connection(connection, held_by) if held_by in ("", Mark.Hold.REVIEW) else ""


def _waits_for_connection(connection: Connection, held_by: str) -> str:
    """Say what a change waits for that only the connection keeps back, or a match that nobody has confirmed."""
    if connection.state not in Connection.WORKING:
        return _("A change waits until %(connection)s is connected again.") % {"connection": connection.label}
    if connection.state == Connection.State.ACTIVE and not held_by:
        return ""
    return _("A change waits until a synchronisation of %(connection)s has been confirmed.") % {
        "connection": connection.label
    }


def _waits_for_address(connection: Connection, employee: Employee) -> str:
    if connection.state != Connection.State.ACTIVE:
        return ""
    people = hub_people(connection=connection, resource=RESOURCE)
    left = people.read_one(str(employee.pk))
    holder = holder_of(connection, people, left) if left is not None else None
    return holder.reason if holder is not None else ""


def _next_step_of_missing(connection: Connection) -> str:
    if connection.state not in Connection.WORKING:
        return ""
    if connection.creates_by_itself and connection.state == Connection.State.ACTIVE:
        return _("Created there with the next change of the person. Or synchronise users, and tick the name.")
    return _("Synchronise users, and tick the name under “Missing people” to create the person there.")


def _refused(employee: Employee, connections: Sequence[Connection]) -> dict[int, SyncRow]:
    rows = SyncRow.objects.filter(
        run__connection__in=connections,
        run__resource=RESOURCE,
        state=SyncRow.State.REFUSED,
        left_id=str(employee.pk),
    )
    return {row.run.connection_id: row for row in rows.select_related("run").order_by("pk")}


def _open_refusal(refused: SyncRow | None, link: Link | None) -> SyncRow | None:
    return None if _is_over(refused, link) else refused


def _is_over(refused: SyncRow | None, link: Link | None) -> bool:
    """Whether something of the person was written after the refusal."""
    synced_at = link.synced_at if link else None
    ended_at = refused.ended_at if refused else None
    return synced_at is not None and ended_at is not None and synced_at > ended_at
