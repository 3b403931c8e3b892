"""The error log: what could not be sent, grouped by cause, tried again or dismissed (G-09)."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from employees.parameters import storable, term, whole
from employees.shown import Happened, posted_fingerprint, posted_time, stale_text
from employees.zones import moment_text
from integrations.core.addresses import connection_url, section_url
from integrations.core.admin.absences import about_absence
from integrations.core.admin.declared import integration_label
from integrations.core.admin.names import named, user_name
from integrations.core.admin.pages import CorePage, service_context
from integrations.core.admin.problem_lists import STATES, Filters, ProblemLists
from integrations.core.admin.shown_problems import Presenter, dismissed_reason_of, fingerprint_of_both
from integrations.core.allowed import Right, may, may_anywhere, may_open_section, permitted
from integrations.core.hub.labels import label_problems
from integrations.core.models import Connection, Problem
from integrations.core.problems import OPEN, dismiss_problems, made_from, retry_problems
from integrations.core.registry import manifests
from integrations.core.report.sending import mail_trouble

# So many at a press: a request lasts seconds.
RETRIED_AT_ONCE: Final = 5_000
LONGEST_REASON: Final = 300


@admin.register(Problem)
class ProblemAdmin(CorePage):
    change_form_template = "core/admin/problem.html"
    to_connection = "connection"
    fieldsets = ((None, {"fields": (("label", "of_connection"), ("state", "count"), ("first_time", "last_time"))}),)
    readonly_fields = ("of_connection", "first_time", "last_time", "dismissed_because", "decided")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Problem]:
        found: QuerySet[Problem] = super().get_queryset(request)
        return found.select_related("connection__company", "decided_by").defer("connection__credentials")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Problem | None:
        """Return it under the name and the days of now: it may have been reported before they changed."""
        problem: Problem | None = super().get_object(request, object_id, from_field)
        if problem is not None:
            problem.label = label_problems([problem])[problem.pk]
        return problem

    def get_fieldsets(self, request: HttpRequest, obj: Problem | None = None) -> Any:
        reason = dismissed_reason_of(request, obj) if obj else ""
        decision = (("decided", "dismissed_because"),) if reason else ("decided",)
        decided = [(_("Decision"), {"fields": decision})] if obj and obj.decided_at else []
        return [*super().get_fieldsets(request, obj), *decided]

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act))
        return [path("act/", act, name="core_problem_act"), *super().get_urls()]

    # --- The log ------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        filters = Filters.of(request)
        lists = ProblemLists(request, self.get_queryset(request), filters)
        context = {
            **self.admin_site.each_context(request),
            **service_context(),
            **lists.context(),
            **self._choices(request, filters, lists),
            "opts": self.opts,
            "title": _("Error log"),
            "filters": filters,
            "may_act": may_anywhere(request.user, Right.MEND),
            "here": request.get_full_path(),
            "mail_trouble": mail_trouble(request.user),
        }
        return TemplateResponse(request, "core/admin/error_log.html", {**context, **(extra_context or {})})

    def _choices(self, request: HttpRequest, filters: Filters, lists: ProblemLists) -> dict[str, Any]:
        connections = list(
            permitted(Connection.objects.exclude(state=Connection.State.DRAFT), request.user)
            .select_related("company")
            .order_by("label", "pk")
            .only("pk", "label", "integration", "company__name")
        )
        chosen = next((each for each in connections if each.pk == filters.connection), None)
        back_url, back_label = _section_of(request, chosen, filters.integration)
        anywhere = self.get_queryset(request).filter(state__in=OPEN)
        of_connection = anywhere.filter(connection=chosen) if chosen else anywhere
        return {
            "states": STATES,
            "connections": connections,
            "integrations": {
                name: manifest.label for name, manifest in manifests().items() if may(request.user, Right.SEE, name)
            },
            "causes": lists.causes(of_connection),
            "back_url": back_url,
            "back_label": back_label,
        }

    # --- One problem --------------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        readable = object_id and self.has_view_permission(request)
        problem = super().get_object(request, object_id) if object_id and readable else None
        context: dict[str, Any] = {}
        if problem is not None:
            (shown,) = Presenter(request).present([problem])
            context = {
                "shown": shown,
                "title": shown.label,
                "subtitle": None,
                "here": request.get_full_path(),
                "log_url": reverse("admin:core_problem_changelist"),
                **about_absence(request, problem),
            }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @display(description=gettext_lazy("connection"))
    def of_connection(self, problem: Problem) -> str:
        return problem.connection.label

    @display(description=gettext_lazy("first"))
    def first_time(self, problem: Problem) -> str:
        return moment_text(problem.first_at, problem)

    @display(description=gettext_lazy("last"))
    def last_time(self, problem: Problem) -> str:
        return moment_text(problem.last_at, problem)

    @display(description=gettext_lazy("dismissed because"))
    def dismissed_because(self, problem: Problem) -> str:
        # The page leaves it out for whoever is not to read it.
        return problem.dismissed_reason

    @display(description=gettext_lazy("decided"))
    def decided(self, problem: Problem) -> str:
        return Presenter.decided(problem)

    # --- Acting -------------------------------------------------------------------------------------------

    def act(self, request: HttpRequest) -> HttpResponse:
        """Try again or dismiss one problem, or all open ones of one cause at one connection."""
        if not (may_anywhere(request.user, Right.MEND) and self.has_view_permission(request)):
            raise PermissionDenied
        problems = self._meant(request)
        act = {"retry": self._retry, "dismiss": self._dismiss}.get(request.POST.get("action", ""))
        if act is None:
            messages.error(request, _("Nothing was done: press one of the buttons."))
            return HttpResponseRedirect(self._way_back(request))
        with transaction.atomic():
            list(problems.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
            if made_from(problems) == posted_fingerprint(request):
                act(request, problems)
            else:
                messages.error(request, _why_stale(request, problems))
        return HttpResponseRedirect(self._way_back(request))

    def _meant(self, request: HttpRequest) -> QuerySet[Problem]:
        """Return the problems that the form names; raises Http404 for those that are none."""
        mine = permitted(self.get_queryset(request), request.user, connection="connection", right=Right.MEND)
        problems, posted = mine, request.POST
        if "problem" in posted:
            found = problems.filter(pk__in=[whole(posted["problem"])])
        else:
            group = {key: storable(posted.get(key)) for key in ("resource", "cause")}
            found = problems.filter(connection=whole(posted.get("connection")), **group)
        if not found.exists():
            raise Http404
        return named(found, term(posted.get("name")))

    def _retry(self, request: HttpRequest, problems: QuerySet[Problem]) -> None:
        user: Any = request.user
        waits_for = Connection.objects.exclude(state=Connection.State.ACTIVE).filter(problems__in=problems).first()
        unseen = self._unseen(request, problems)
        if unseen:
            messages.error(request, self._about_unseen(request, unseen))
            problems = problems.exclude(pk__in=[problem.pk for problem in unseen])
            if not problems.filter(state=Problem.State.OPEN).exists():
                return
        count = retry_problems(problems, by=user, at_most=RETRIED_AT_ONCE)
        if not count:
            messages.warning(request, _("Nothing was tried again: somebody else has done it, or it is solved."))
            return
        text = ngettext(
            "%(count)d problem is tried again now. It is solved, or stands here again, within a minute or so.",
            "%(count)d problems are tried again now. They are solved, or stand here again, before long.",
            count,
        )
        if waits_for is not None:
            text = _(
                "%(count)d to be tried again once “%(connection)s” is connected and in step: it is not at the moment."
            )
        messages.success(request, text % {"count": count, "connection": waits_for.label if waits_for else ""})
        if count == RETRIED_AT_ONCE:
            messages.info(request, _("So many go at a time: press again for the rest."))

    @staticmethod
    def _unseen(request: HttpRequest, problems: QuerySet[Problem]) -> list[Problem]:
        """Return those that would write a value over one that the reader was not shown (G-25)."""
        conflicts = problems.filter(state=Problem.State.OPEN, wanted__has_key="over").select_related("connection")
        alone, shown = "problem" in request.POST, storable(request.POST.get("both"))
        return [each for each in conflicts if not alone or fingerprint_of_both(each) != shown]

    @staticmethod
    def _about_unseen(request: HttpRequest, unseen: Sequence[Problem]) -> str:
        if "problem" in request.POST:
            return _(
                "Nothing was done: one of the two values has changed since you opened the page. Look at both again."
            )
        return ngettext(
            "%(count)d value was changed in both systems: look at both, and try it again by itself.",
            "%(count)d values were changed in both systems: look at each of them, and try it again by itself.",
            len(unseen),
        ) % {"count": len(unseen)}

    def _dismiss(self, request: HttpRequest, problems: QuerySet[Problem]) -> None:
        user: Any = request.user
        reason = storable(request.POST.get("reason")).strip()
        if not reason or len(reason) > LONGEST_REASON:
            messages.error(
                request,
                _("Say in up to %(most)d characters why it is dismissed: others read the reason later.")
                % {"most": LONGEST_REASON},
            )
            return
        count = dismiss_problems(problems, by=user, reason=reason)
        if not count:
            messages.warning(request, _("Nothing was dismissed: somebody else has done it, or it is solved."))
            return
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


def _why_stale(request: HttpRequest, problems: QuerySet[Problem]) -> str:
    """Say who decided on these problems since they were shown; that there are others now, where nobody did."""
    since = posted_time(request)
    decided = problems.filter(decided_at__gte=since, decided_by__isnull=False) if since else problems.none()
    counted = decided.order_by().values_list("decided_by", "state").annotate(count=Count("pk"), at=Max("decided_at"))
    found = list(counted)
    users = get_user_model().objects.in_bulk([user_id for user_id, *_rest in found])
    happened = [
        Happened(user_name(users.get(user_id)), f"{Problem.State(state).label} ({count})", at)
        for user_id, state, count, at in found
    ]
    stands = problems.filter(state__in=OPEN).exists()
    others = _("Other problems of this kind stand there now.") if stands else _("None of them stands there any more.")
    return stale_text(happened, more=[] if happened else [others])


def _section_of(request: HttpRequest, connection: Connection | None, integration: str) -> tuple[str, str]:
    """Return where the log of one connection or integration leads back to, and its name."""
    named = connection.integration if connection is not None else integration
    if named not in manifests() or not may_open_section(request.user, named):
        return "", ""
    if connection is not None:
        return connection_url(connection), connection.label
    return section_url(integration), integration_label(integration)
