"""What is known of absences in one connection, read for many at once: the rules' plain values, and their links.

The path of an absence's data: a mark is raised when it changes (``core.hub.absences``); `Planner` reads what the rules
want to know; ``absence_rules`` decides the rows; ``absence_sending`` makes the calls; ``absence_settling`` writes each
answer down in one transaction. An absence has one link of its own, whose options hold the last values that were sent
and the change under way, and below it a link per row at Fortnox.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Q

from absences.confirming import unconfirmed_of
from absences.models import Absence
from employees.models import Employee
from integrations.core.hub.absences import DELETED, RESOURCE, VALUES, left_id_of, pk_of, values_of
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.models import Connection, Link, Mark
from integrations.fortnox.absence_rules import AbsenceValues, KnownRow, Mapped, TransferSettings
from integrations.fortnox.absence_types import LEFT, mapped_of
from integrations.fortnox.models import AbsenceSwitch
from integrations.fortnox.settings import FortnoxSettings

DAYS: Final = "absence_days"
GONE: Final = (Link.State.GONE_LEFT, Link.State.GONE_RIGHT)
NO_ANSWER: Final = Mapped()
# In the options of an absence's link, beside VALUES. JOURNAL: how to take the change under way
# back, in the order in which it was made; REFUSED: why it is being taken back; CLOSED: days left alone (FX-19);
# GIVEN_UP: days that left for other absences of the person, which took them.
JOURNAL: Final = "journal"
REFUSED: Final = "refused"
CLOSED: Final = "closed"
GIVEN_UP: Final = "given_up"
SINCE: Final = "disconnected_at"
EDITED: Final = "edited"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One absence in one connection; ``stored`` are its values as JSON, of a deleted one the last ones."""

    left_id: str
    values: AbsenceValues
    mapped: Mapped
    stored: Mapping[str, Any]
    person: Link | None = None
    parent: Link | None = None
    rows: tuple[Link, ...] = field(default=())

    @property
    def known(self) -> list[KnownRow]:
        """The rows at the person that the hub's is linked to now."""
        return [known_row(link) for link in self.rows if self._is_theirs(link)]

    @property
    def strays(self) -> list[Link]:
        """Rows at another person of Fortnox's, whom the hub's person was linked to before."""
        return [link for link in self.rows if not self._is_theirs(link)]

    @property
    def label(self) -> str:
        return str(self.stored.get("label", self.left_id))

    @property
    def options(self) -> Mapping[str, Any]:
        return self.parent.options if self.parent is not None else {}

    @property
    def employee_id(self) -> str:
        return self.person.right_id if self.person is not None else ""

    def _is_theirs(self, link: Link) -> bool:
        return self.person is None or link.options["employee_id"] == self.person.right_id


def version_of(values: Mapping[str, Any]) -> Any:
    """Return what changes with every edit of an absence in the hub; the values are `Subject.stored`."""
    return DELETED if values.get(DELETED) else values["version"]


def _sent(values: Mapping[str, Any]) -> list[Any]:
    """Return what the rows at Fortnox are made of."""
    return [values.get(name) for name in ("type", "start", "end", "grade")]


def known_row(link: Link) -> KnownRow:
    options = link.options
    return KnownRow(link.right_id, date.fromisoformat(options["day"]), options["cause"], int(options["extent"]))


class Planner:
    """Reads absences of one connection, with the answers and settings as they are when it is made."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        stored = Connection.objects.values_list("settings", flat=True).get(pk=connection.pk)
        connection.settings = stored
        self.settings: TransferSettings = FortnoxSettings.from_mapping(stored).transfer
        self.on_since = AbsenceSwitch.objects.filter(connection=connection).values_list("on_since", flat=True).first()
        self.mapped = mapped_of(connection)

    def subject(self, mark: Mark) -> Subject | None:
        """Return what a mark is about; None when nothing of it is known any more."""
        return self.subjects([mark.left_id], deleted={mark.left_id: mark.wanted.get(DELETED)}).get(mark.left_id)

    def subjects(
        self,
        left_ids: Iterable[str],
        *,
        deleted: Mapping[str, Any] | None = None,
        chosen: Collection[str] = (),
        after: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> dict[str, Subject]:
        """Return the absences that are in the hub, or are gone and have a link; ``chosen``: whenever approved.

        ``after`` are values as they will be, by left id: of an absence that will be there they are all of them.
        """
        ids = list(left_ids)
        parents = {link.left_id: link for link in self._links(RESOURCE).filter(left_id__in=ids)}
        rows: dict[int, list[Link]] = {}
        for link in self._links(DAYS).filter(parent__in=parents.values()).order_by("left_id"):
            rows.setdefault(link.parent_id or 0, []).append(link)
        stored = self._stored(ids, parents, deleted or {})
        elsewhere = self._elsewhere(ids)
        stored |= {left_id: {**stored.get(left_id, {}), **values} for left_id, values in (after or {}).items()}
        people = self._people({values["employee"] for values in stored.values()})
        found = {}
        for left_id, values in stored.items():
            parent = parents.get(left_id)
            found[left_id] = Subject(
                left_id=left_id,
                values=self._values(
                    values, parent, chosen=left_id in chosen, elsewhere=parent is None and left_id in elsewhere
                ),
                mapped=self.mapped.get(values["type"], NO_ANSWER),
                stored=values,
                person=people.get(str(values["employee"])),
                parent=parent,
                rows=tuple(rows.get(parent.pk, ())) if parent is not None else (),
            )
        return found

    def chosen(self, left_ids: Collection[str]) -> dict[str, Subject]:
        """Return the absences as somebody sends them, whenever they were approved (FX-18)."""
        return self.subjects(left_ids, chosen=left_ids)

    def _links(self, resource: str) -> Any:
        return Link.objects.filter(connection=self.connection, resource=resource).exclude(state__in=GONE)

    def _stored(
        self, left_ids: Iterable[str], parents: Mapping[str, Link], deleted: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        pks = [pk for left_id in left_ids if (pk := pk_of(left_id)) is not None]
        # What was sent is followed, whatever company the person belongs to by now.
        mine = Q(employee__company=self.connection.company_id) | Q(pk__in=[pk_of(left_id) or 0 for left_id in parents])
        absences = Absence.objects.filter(mine, pk__in=pks)
        found = {
            left_id_of(each.pk): {
                **values_of(each),
                "counts": each.type.counts_as_work_days,
                "decided_at": each.decided_at,
                "version": each.version,
                "created_at": each.created_at,
                "outside": bool(unconfirmed_of(each)),
                "moved": each.employee.company_id != self.connection.company_id,
            }
            for each in absences.select_related("employee", "type", "confirmed_days")
        }
        gone = {key: deleted.get(key) or parent.options[VALUES] for key, parent in parents.items() if key not in found}
        moved = self._moved({last["employee"] for last in gone.values()})
        for left_id, last in gone.items():
            found[left_id] = {**last, "counts": True, DELETED: True, "moved": last["employee"] in moved}
        return found

    def _moved(self, employees: Collection[int]) -> set[int]:
        if not employees:
            return set()
        others = Employee.objects.filter(pk__in=employees).exclude(company=self.connection.company_id)
        return set(others.values_list("pk", flat=True))

    def _elsewhere(self, left_ids: Collection[str]) -> set[str]:
        """Return those whose days stand at a connection of another company."""
        if not left_ids:
            return set()
        rows = Link.objects.filter(resource=DAYS, parent__resource=RESOURCE, parent__left_id__in=left_ids)
        others = rows.exclude(state__in=GONE).exclude(parent__connection__company=self.connection.company_id)
        return set(others.values_list("parent__left_id", flat=True))

    def _values(
        self, values: Mapping[str, Any], parent: Link | None, *, chosen: bool, elsewhere: bool
    ) -> AbsenceValues:
        decided_at, since = values.get("decided_at"), self.on_since
        before = not chosen and parent is None and since is not None and decided_at is not None and decided_at < since
        return AbsenceValues(
            start=date.fromisoformat(values["start"]),
            end=date.fromisoformat(values["end"]) if values["end"] else None,
            grade=values["grade"],
            approved=values["approved"],
            counts_as_work_days=values["counts"],
            deleted=bool(values.get(DELETED)),
            disconnected=parent is not None and parent.state == Link.State.DISCONNECTED,
            before=before,
            outside=bool(values.get("outside")),
            moved=bool(values.get("moved")),
            changed=parent is not None and _sent(values) != _sent(parent.options[VALUES]),
            elsewhere=elsewhere,
            left=parent is not None and LEFT in parent.options and parent.options[LEFT] == version_of(values),
        )

    def _people(self, employees: Iterable[int]) -> dict[str, Link]:
        links = self._links(PEOPLE).filter(left_id__in=[str(employee) for employee in employees])
        return {link.left_id: link for link in links}
