"""Problems as one reader sees them: what was tried, the system's message, our explanation, how it stands (G-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from employees.shown import fingerprint
from employees.zones import moment_text
from integrations.core.admin import badges
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import subject_url, user_name
from integrations.core.allowed import Right, may, may_see_absences, permitted
from integrations.core.explaining import Reader
from integrations.core.hub.absences import PERSON
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.labels import label_problems, names_of
from integrations.core.hub.own_values import know_own
from integrations.core.hub.taking_part import said_of_elsewhere
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Connection, Delivery, Problem, SyncRow
from integrations.core.problems import OPEN, made_from_one
from integrations.core.registry import Explanation

ACTIONS: Final = {
    Delivery.Action.CREATE.value: gettext_lazy("Create"),
    Delivery.Action.UPDATE.value: gettext_lazy("Change"),
    Delivery.Action.DELETE.value: gettext_lazy("Delete"),
}


@dataclass(frozen=True, kw_only=True)
class ShownProblem:
    """``decided`` says who did what about it, and when; ``both`` are (field, hub, vendor) if both changed it."""

    problem: Problem
    label: str
    explanation: Explanation
    message: str
    tried: str
    person_url: str
    badge: dict[str, Any]
    decided: str
    dismissed_reason: str
    both: list[tuple[Any, str, str]]
    both_shown: str
    # Whether the reader may try it again and dismiss it.
    may_act: bool

    @property
    def of_connection(self) -> bool:
        """Whether it is not about a person, but about the connection as a whole."""
        return not self.problem.left_id and not self.problem.right_id

    @property
    def made_from(self) -> str:
        return made_from_one(self.problem)

    @property
    def may_retry(self) -> bool:
        return self.problem.state == Problem.State.OPEN

    @property
    def may_dismiss(self) -> bool:
        return self.problem.state in OPEN


class Presenter:
    """Shows problems to one reader; what they refer to is fetched in a fixed number of queries per call."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._reader = Reader()
        self._shown: dict[tuple[int, str], Shown] = {}

    def present(self, problems: Sequence[Problem]) -> list[ShownProblem]:
        may_open = self.request.user.has_perm("employees.view_employee")
        there = names_of(each.left_id for each in problems if each.resource == RESOURCE) if may_open else {}
        labels = label_problems(problems)
        know_own(problems, "message", "dismissed_reason", reader=self.request.user)
        return [
            ShownProblem(
                problem=problem,
                label=labels[problem.pk],
                explanation=self._reader.explain(problem),
                message=message_of(self.request, problem),
                dismissed_reason=dismissed_reason_of(self.request, problem),
                tried=self._tried(problem),
                person_url=subject_url(self.request, problem.left_id, people=there),
                badge=badges.badge(problem, badges.PROBLEM),
                decided=self.decided(problem),
                both=self._both(problem),
                both_shown=fingerprint_of_both(problem),
                may_act=may(self.request.user, Right.MEND, problem.connection.integration),
            )
            for problem in problems
        ]

    @staticmethod
    def decided(problem: Problem) -> str:
        """Return who had it tried again or dismissed it, and when; of a solved one, when."""
        who, when = user_name(problem.decided_by), moment_text(problem.decided_at, problem)
        solved = problem.state == Problem.State.SOLVED
        return f"{who}, {when}" if who and when and not solved else when

    def title(self, problem: Problem) -> str:
        return str(self._reader.explain(problem).title)

    def _tried(self, problem: Problem) -> str:
        """Return what was tried in words: *Change: Phone, Address*."""
        action = str(ACTIONS.get(problem.action, problem.action))
        shown = self._shown_of(problem)
        fields = ", ".join(str(shown.label(name)) for name in problem.wanted.get("fields", []))
        return f"{action}: {fields}" if fields else action

    def _shown_of(self, problem: Problem) -> Shown:
        key = (problem.connection_id, problem.resource)
        if key not in self._shown:
            self._shown[key] = Shown(self.request, connection=problem.connection, resource=problem.resource)
        return self._shown[key]

    def _both(self, problem: Problem) -> list[tuple[Any, str, str]]:
        """Return both values of each field that waits because both sides changed it (G-25); there are few of them."""
        shown = self._shown_of(problem)
        return [
            (shown.label(name), shown.value(name, own), shown.value(name, there))
            for name, own, there in both_values(problem)
        ]


def both_values(problem: Problem) -> list[tuple[str, Any, Any]]:
    """Return, as JSON by field, what the hub holds now and what the vendor held, of what both sides changed."""
    over = problem.wanted.get("over", {}) if problem.state in OPEN else {}
    if not over:
        return []
    people = hub_people(connection=problem.connection, resource=problem.resource)
    left = people.read_one(problem.left_id)
    return [
        (name, people.resource.field(name).to_json(people.resource.value(left, name)), there)
        for name, there in over.items()
        if left is not None and name in people.resource.position
    ]


def fingerprint_of_both(problem: Problem) -> str:
    """Return what stands for both values, which whoever tries again has seen; empty where there are none (G-21)."""
    both = both_values(problem)
    return fingerprint(problem.pk, both) if both else ""


def message_of(request: HttpRequest, problem: Problem) -> str:
    """Return the system's message; that of an absence may say what the absence is."""
    if problem.resource == ABSENCES and problem.message and not may_see_absences(request.user):
        return _("Not shown: it may say what kind of absence it is. Whoever reads absences sees it.")
    return problem.message.for_reader(request.user)


def dismissed_reason_of(request: HttpRequest, problem: Problem) -> str:
    """Return what somebody wrote of it; of an absence for those who read absences."""
    closed = problem.resource == ABSENCES and not may_see_absences(request.user)
    return "" if closed else problem.dismissed_reason.for_reader(request.user)


def row_reason(request: HttpRequest, row: SyncRow) -> str:
    """Return why a row ended as it did, as this reader may know it.

    Rows that `label_rows` was given name the company that somebody moved to, to whoever may see companies.
    """
    if row.moved_to and row.reason == said_of_elsewhere() and request.user.has_perm("employees.view_company"):
        return said_of_elsewhere(row.moved_to)
    return row.reason.for_reader(request.user)


def problem_of_write(request: HttpRequest, *, delivery: Delivery) -> ShownProblem | None:
    """Return what the error log says of a refused write, or None."""
    if delivery.state != Delivery.State.REFUSED or not request.user.has_perm("core.view_problem"):
        return None
    of_person = Problem.objects.filter(
        connection=delivery.connection_id, resource=delivery.resource, left_id=delivery.left_id, action=delivery.action
    )
    same = of_person.filter(message=delivery.message) if delivery.message else of_person
    shown = (
        permitted(same, request.user, connection="connection")
        .select_related("connection__company", "decided_by")
        .defer("connection__credentials")
    )
    found = shown.order_by("-last_at", "-pk").first()
    return Presenter(request).present([found])[0] if found else None


def problems_of_person(request: HttpRequest, *, employee_id: int, most: int = 20) -> list[ShownProblem]:
    """Return the person's open problems, and those of all the person's absences, the newest first."""
    mine = Q(resource=RESOURCE, left_id=str(employee_id)) | Q(resource=ABSENCES, left_id=f"{PERSON}{employee_id}")
    found = permitted(Problem.objects.filter(mine, state__in=OPEN), request.user, connection="connection")
    shown = found.select_related("connection__company", "decided_by").defer("connection__credentials")
    return Presenter(request).present(list(shown.order_by("-last_at", "-pk")[:most]))


def log_url(*, connection: Connection) -> str:
    """Return the address of the open problems of a connection."""
    return f"{reverse('admin:core_problem_changelist')}?connection={connection.pk}"
