"""What confirming a review makes follow by itself at connections of the company: told before (G-36)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from employees.outgoing import Outgoing
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.forecasting import outgoing_to
from integrations.core.models import Connection, SyncRun
from integrations.core.runs.reaching import moves_workdays, reach_of
from integrations.core.runs.standing import Standing


@dataclass(frozen=True)
class Following:
    """What goes where. ``made_from`` is for the page's fingerprint: what follows is a part of what is confirmed."""

    run: SyncRun
    standing: Standing

    @cached_property
    def outgoing(self) -> list[Outgoing]:
        left_out = list(self.standing.left_out)
        others, moves = list(others_of(self.run)), moves_workdays(self.run, left_out)
        if not others and not moves:
            return []
        reach = reach_of(self.run, left_out)
        # The connection itself has the people's values, and not the absences that their workdays make follow.
        itself = outgoing_to([self.run.connection], reach, resource=ABSENCES) if moves else []
        return [each for each in (*itself, *outgoing_to(others, reach)) if each.people or each.staying]

    @property
    def made_from(self) -> list[tuple[str, str]]:
        return [(each.system, each.made_from) for each in self.outgoing]


def others_of(run: SyncRun) -> Iterable[Connection]:
    """Return the connections of the company that the run's writes to the hub reach."""
    others = Connection.objects.filter(company=run.connection.company_id).exclude(pk=run.connection_id)
    return others.exclude(state=Connection.State.DRAFT).defer("credentials").order_by("label", "pk")
