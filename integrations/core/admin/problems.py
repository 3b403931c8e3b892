"""The error log: what could not be sent, grouped by cause, tried again or dismissed (G-09)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from integrations.core.admin import badges
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import names_of, user_name
from integrations.core.admin.pages import CorePage, service_context
from integrations.core.explaining import Reader
from integrations.core.models import Connection, Delivery, Problem
from integrations.core.problems import OPEN, dismiss_problems, retry_problems
from integrations.core.registry import Explanation, manifests

RIGHT: Final = "core.run_synchronisations"
ACTIONS: Final = {
    Delivery.Action.CREATE.value: gettext_lazy("Create"),
    Delivery.Action.UPDATE.value: gettext_lazy("Change"),
    Delivery.Action.DELETE.value: gettext_lazy("Delete"),
}
STATES: Final = {
    "open": gettext_lazy("Open"),
    "solved": gettext_lazy("Solved"),
    "dismissed": gettext_lazy("Dismissed"),
    "all": gettext_lazy("All"),
}
STATES_OF: Final = {"open": OPEN, "solved": (Problem.State.SOLVED,), "dismissed": (Problem.State.DISMISSED,)}
GROUPS_A_PAGE: Final = 15
PROBLEMS_A_PAGE: Final = 50
NAMES_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the reader asked for, read from the address; an unknown value means all."""

    connection: str
    integration: str
    state: str
    cause: str
    name: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Filters":
        state = request.GET.get("state", "open")
        return cls(
            connection=request.GET.get("connection", ""),
            integration=request.GET.get("integration", ""),
            state=state if state in STATES else "open",
            cause=request.GET.get("cause", ""),
            name=request.GET.get("name", "").strip(),
        )

    def apply(self, problems: QuerySet[Problem]) -> QuerySet[Problem]:
        if self.connection.isdecimal():
            problems = problems.filter(connection=int(self.connection))
        if self.integration:
            problems = problems.filter(connection__integration=self.integration)
        if self.state in STATES_OF:
            problems = problems.filter(state__in=STATES_OF[self.state])
        if self.cause:
            problems = problems.filter(cause=self.cause)
        for word in self.name.split():
            problems = problems.filter(label__icontains=word)
        return problems

    @property
    def grouped(self) -> bool:
        return self.state == "open" and not self.cause


@dataclass(frozen=True, kw_only=True)
class ShownProblem:
    problem: Problem
    explanation: Explanation
    tried: str
    person_url: str
    badge: dict[str, Any]
    decided_by: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Open problems of one cause at one connection; ``shown`` are the newest of them."""

    connection: Connection
    resource: str
    cause: str
    people: int
    explanation: Explanation
    shown: Sequence[ShownProblem]

    @property
    def more(self) -> int:
        return self.people - len(self.shown)

    @property
    def of_connection(self) -> bool:
        """Whether it is not about people, but about the connection as a whole."""
        return not self.shown[0].problem.left_id and not self.shown[0].problem.right_id


def _group(shown: Sequence[ShownProblem], people: int) -> Group:
    first = shown[0].problem
    return Group(
        connection=first.connection,
        resource=first.resource,
        cause=first.cause,
        people=people,
        explanation=shown[0].explanation,
        shown=shown,
    )


@admin.register(Problem)
class ProblemAdmin(CorePage):
    change_form_template = "core/admin/problem.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("label", "of_connection"),
                    ("what_was_tried", "state"),
                    ("first_at", "last_at", "count"),
                    ("decided", "dismissed_because"),
                )
            },
        ),
    )
    readonly_fields = ("of_connection", "what_was_tried", "dismissed_because", "decided")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Problem]:
        found: QuerySet[Problem] = super().get_queryset(request)
        return found.select_related("connection", "decided_by").defer("connection__credentials")

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act))
        return [path("act/", act, name="core_problem_act"), *super().get_urls()]

    # --- The log ------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        filters = Filters.of(request)
        problems = filters.apply(self.get_queryset(request))
        context = {
            **self.admin_site.each_context(request),
            **service_context(),
            **(self._groups(request, problems) if filters.grouped else self._list(request, problems)),
            "opts": self.opts,
            "title": _("Error log"),
            "filters": filters,
            "states": STATES,
            "connections": Connection.objects.exclude(state="draft").order_by("label").only("pk", "label"),
            "integrations": {name: manifest.label for name, manifest in manifests().items()},
            "may_act": request.user.has_perm(RIGHT),
            "here": request.get_full_path(),
        }
        return TemplateResponse(request, "core/admin/error_log.html", {**context, **(extra_context or {})})

    def _groups(self, request: HttpRequest, problems: QuerySet[Problem]) -> dict[str, Any]:
        counted = (
            problems.order_by()
            .values_list("connection", "resource", "cause")
            .annotate(people=Count("pk"), latest=Max("last_at"))
            .order_by("-latest")
        )
        page = Paginator(counted, GROUPS_A_PAGE).get_page(request.GET.get("page"))
        people = {key[:3]: key[3] for key in page}
        newest: dict[tuple[int, str, str], list[ShownProblem]] = {}
        for shown in Presenter(request).present(self._newest(problems, people)):
            problem = shown.problem
            newest.setdefault((problem.connection_id, problem.resource, problem.cause), []).append(shown)
        groups = [_group(newest[key], people[key]) for key in people if key in newest]
        return {"groups": groups, "page": page}

    def _newest(self, problems: QuerySet[Problem], groups: Iterable[tuple[int, str, str]]) -> list[Problem]:
        """Return the newest few problems of each group, in one query."""
        wanted = set(groups)
        place = Window(
            RowNumber(),
            partition_by=["connection", "resource", "cause"],
            order_by=[F("last_at").desc(), F("pk").desc()],
        )
        ranked = problems.order_by().filter(
            connection__in={key[0] for key in wanted}, cause__in={key[2] for key in wanted}
        )
        found = ranked.annotate(place=place).filter(place__lte=NAMES_SHOWN).order_by("-last_at", "-pk")
        return [each for each in found if (each.connection_id, each.resource, each.cause) in wanted]

    def _list(self, request: HttpRequest, problems: QuerySet[Problem]) -> dict[str, Any]:
        page: Page[Problem] = Paginator(problems.order_by("-last_at", "-pk"), PROBLEMS_A_PAGE).get_page(
            request.GET.get("page")
        )
        return {"listed": Presenter(request).present(list(page)), "page": page}

    # --- One problem --------------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        problem = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context: dict[str, Any] = {}
        if problem is not None:
            (shown,) = Presenter(request).present([problem])
            context = {
                "shown": shown,
                "may_act": request.user.has_perm(RIGHT) and problem.state in OPEN,
                "title": problem.label,
                "subtitle": None,
                "here": request.get_full_path(),
                "log_url": reverse("admin:core_problem_changelist"),
            }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @display(description=gettext_lazy("connection"))
    def of_connection(self, problem: Problem) -> str:
        return problem.connection.label

    @display(description=gettext_lazy("what was tried"))
    def what_was_tried(self, problem: Problem) -> Any:
        return ACTIONS.get(problem.action, problem.action)

    @display(description=gettext_lazy("dismissed because"))
    def dismissed_because(self, problem: Problem) -> str:
        return problem.dismissed_reason

    @display(description=gettext_lazy("decided by"))
    def decided(self, problem: Problem) -> str:
        return user_name(problem.decided_by)

    # --- Acting -------------------------------------------------------------------------------------------

    def act(self, request: HttpRequest) -> HttpResponse:
        """Try again or dismiss one problem, or all open ones of one cause at one connection."""
        if not (request.user.has_perm(RIGHT) and self.has_view_permission(request)):
            raise PermissionDenied
        problems = self._meant(request).filter(state__in=OPEN)
        reason = request.POST.get("reason", "").strip()
        user: Any = request.user
        if request.POST.get("action") == "retry":
            self._tell_retried(request, retry_problems(problems, by=user))
        elif request.POST.get("action") == "dismiss" and reason:
            self._tell_dismissed(request, dismiss_problems(problems, by=user, reason=reason))
        else:
            messages.error(request, _("Say why it is dismissed: others read the reason later."))
        return redirect(self._way_back(request))

    def _meant(self, request: HttpRequest) -> QuerySet[Problem]:
        problems, one = self.get_queryset(request), request.POST.get("problem")
        connection = request.POST.get("connection")
        if one:
            return problems.filter(pk=int(one)) if one.isdecimal() else problems.none()
        if connection and connection.isdecimal() and request.POST.get("cause"):
            return problems.filter(
                connection=int(connection), resource=request.POST.get("resource", ""), cause=request.POST["cause"]
            )
        return problems.none()

    def _tell_retried(self, request: HttpRequest, count: int) -> None:
        if not count:
            messages.warning(request, _("Nothing was tried again: somebody else has done it, or it is solved."))
            return
        text = ngettext(
            "%(count)d problem is tried again now. It is solved, or stands here again, within a minute or so.",
            "%(count)d problems are tried again now. They are solved, or stand here again, before long.",
            count,
        )
        messages.success(request, text % {"count": count})

    def _tell_dismissed(self, request: HttpRequest, count: int) -> None:
        text = ngettext(
            "%(count)d problem is dismissed. Both systems stay as they are.",
            "%(count)d problems are dismissed. Both systems stay as they are.",
            count,
        )
        messages.success(request, text % {"count": count})

    def _way_back(self, request: HttpRequest) -> str:
        wanted = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            return wanted
        return reverse("admin:core_problem_changelist")


class Presenter:
    """Shows problems to one reader; what they refer to is fetched in a fixed number of queries per call."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._reader = Reader()
        self._shown: dict[tuple[int, str], Shown] = {}

    def present(self, problems: Sequence[Problem]) -> list[ShownProblem]:
        may_open = self.request.user.has_perm("employees.view_employee")
        there = names_of(problem.left_id for problem in problems) if may_open else {}
        return [
            ShownProblem(
                problem=problem,
                explanation=self._reader.explain(problem),
                tried=self._tried(problem),
                person_url=reverse("admin:employees_employee_change", args=[problem.left_id])
                if problem.left_id in there
                else "",
                badge=badges.badge(problem, badges.PROBLEM),
                decided_by=user_name(problem.decided_by),
            )
            for problem in problems
        ]

    def _tried(self, problem: Problem) -> str:
        """Return what was tried in words: *Change: Phone, Address*."""
        action = str(ACTIONS.get(problem.action, problem.action))
        key = (problem.connection_id, problem.resource)
        if key not in self._shown:
            self._shown[key] = Shown(self.request, connection=problem.connection, resource=problem.resource)
        fields = ", ".join(str(self._shown[key].label(name)) for name in problem.wanted.get("fields", []))
        return f"{action}: {fields}" if fields else action


def log_url(*, connection: Connection) -> str:
    """Return the address of the open problems of a connection."""
    return f"{reverse('admin:core_problem_changelist')}?connection={connection.pk}"
