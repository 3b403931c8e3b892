"""What the error log lists: open problems grouped by cause, or one by one, a page at a time (invariant 18)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from employees.parameters import storable, term, whole
from integrations.core.admin.names import named
from integrations.core.admin.shown_problems import Presenter, ShownProblem
from integrations.core.hub.absences import pk_of
from integrations.core.models import Connection, Problem
from integrations.core.problems import OPEN, TOTALS, made_from_totals
from integrations.core.registry import Explanation

STATES: Final = {
    "open": gettext_lazy("Open"),
    "solved": gettext_lazy("Solved"),
    "dismissed": gettext_lazy("Dismissed"),
    "all": gettext_lazy("All"),
}
STATES_OF: Final = {"open": OPEN, "solved": (Problem.State.SOLVED,), "dismissed": (Problem.State.DISMISSED,)}
GROUPS_A_PAGE: Final = 15
PROBLEMS_A_PAGE: Final = 50
# Of a group the newest few stand on the page; a link leads to all.
NAMES_SHOWN: Final = 5
# Causes to choose from: those of the most people.
CAUSES: Final = 40


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the reader asked for, read from the address; an unknown value means all."""

    connection: int | None
    integration: str
    state: str
    cause: str
    resource: str
    name: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Filters":
        given = {key: storable(request.GET.get(key)).strip() for key in ("integration", "cause", "resource")}
        state = request.GET.get("state", "open")
        return cls(
            connection=whole(request.GET.get("connection")) or None,
            state=state if state in STATES else "open",
            name=term(request.GET.get("name")),
            **given,
        )

    def apply(self, problems: QuerySet[Problem]) -> QuerySet[Problem]:
        wanted = {
            "connection": self.connection,
            "connection__integration": self.integration,
            "cause": self.cause,
            "resource": self.resource,
            "state__in": STATES_OF.get(self.state),
        }
        return named(problems.filter(**{key: value for key, value in wanted.items() if value}), self.name)

    @property
    def grouped(self) -> bool:
        return self.state == "open" and not self.cause


class Cause(NamedTuple):
    """A cause to choose from, with the title of our explanation."""

    cause: str
    title: str
    problems: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """Open problems of one cause at one connection; ``shown`` are the newest of them, ``name`` was searched for."""

    connection: Connection
    resource: str
    cause: str
    people: int
    may_retry: int
    name: str
    shown: Sequence[ShownProblem]
    made_from: str

    @property
    def more(self) -> int:
        return self.people - len(self.shown)

    @property
    def explanation(self) -> Explanation:
        return self.shown[0].explanation

    @property
    def message(self) -> str:
        return self.shown[0].message

    @property
    def may_act(self) -> bool:
        return self.shown[0].may_act

    @property
    def of_connection(self) -> bool:
        return self.shown[0].of_connection

    @property
    def of_absences(self) -> bool:
        return pk_of(self.shown[0].problem.left_id) is not None

    @property
    def folded(self) -> bool:
        return self.people > NAMES_SHOWN


class ProblemLists:
    """Lists the problems that the filters leave, for one reader."""

    def __init__(self, request: HttpRequest, problems: QuerySet[Problem], filters: Filters) -> None:
        self.request = request
        self.filters = filters
        self.problems = filters.apply(problems)
        self.presenter = Presenter(request)

    def context(self) -> dict[str, Any]:
        return self._groups() if self.filters.grouped else self._singles()

    def causes(self, problems: QuerySet[Problem]) -> list[Cause]:
        """Return the causes among the problems, for the filter."""
        counted = problems.order_by().values_list("cause").annotate(count=Count("pk"), newest=Max("pk"))
        found = list(counted.order_by("-count", "cause")[:CAUSES])
        # The title needs the connection and the message of one problem of each.
        examples = problems.in_bulk([newest for _cause, _count, newest in found])
        return [Cause(cause, self.presenter.title(examples[newest]), count) for cause, count, newest in found]

    def _groups(self) -> dict[str, Any]:
        counted = (
            self.problems.order_by()
            .values("connection", "resource", "cause")
            .annotate(**TOTALS, newest=Max("last_at"))
            .order_by("-newest", "connection", "resource", "cause")
        )
        page = Paginator(counted, GROUPS_A_PAGE).get_page(self.request.GET.get("page"))
        counts = {(each["connection"], each["resource"], each["cause"]): each for each in page}
        newest: dict[tuple[int, str, str], list[ShownProblem]] = {}
        for shown in self.presenter.present(self._newest(counts)):
            newest.setdefault(_key(shown.problem), []).append(shown)
        return {"groups": [self._group(newest[key], counts[key]) for key in counts if key in newest], "page": page}

    def _newest(self, groups: Iterable[tuple[int, str, str]]) -> list[Problem]:
        """Return the newest few problems of each group, in one query."""
        wanted = set(groups)
        place = Window(
            RowNumber(),
            partition_by=["connection", "resource", "cause"],
            order_by=[F("last_at").desc(), F("pk").desc()],
        )
        ranked = self.problems.order_by().filter(
            connection__in={key[0] for key in wanted}, cause__in={key[2] for key in wanted}
        )
        found = ranked.annotate(place=place).filter(place__lte=NAMES_SHOWN).order_by("-last_at", "-pk")
        return [each for each in found if _key(each) in wanted]

    def _singles(self) -> dict[str, Any]:
        page: Page[Problem] = Paginator(self.problems.order_by("-last_at", "-pk"), PROBLEMS_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        listed = self.presenter.present(list(page))
        return {"listed": listed, "page": page, "group": self._whole_group(listed)}

    def _whole_group(self, listed: Sequence[ShownProblem]) -> Group | None:
        """Return the group that the list shows the whole of, if it is one."""
        chosen = self.filters
        if not (listed and chosen.state == "open" and chosen.cause and chosen.connection and chosen.resource):
            return None
        return self._group(listed, self.problems.order_by().aggregate(**TOTALS))

    def _group(self, shown: Sequence[ShownProblem], totals: Mapping[str, Any]) -> Group:
        connection_id, resource, cause = _key(shown[0].problem)
        return Group(
            connection=shown[0].problem.connection,
            resource=resource,
            cause=cause,
            people=totals["problems"],
            may_retry=totals["open_ones"],
            made_from=made_from_totals(totals),
            name=self.filters.name,
            shown=shown,
        )


def _key(problem: Problem) -> tuple[int, str, str]:
    return problem.connection_id, problem.resource, problem.cause
