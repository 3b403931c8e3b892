"""The page on which somebody sends absences that were there before the transfer (FX-18); and comparing on demand."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.models import Absence
from employees.models import Employee
from employees.shown import Happened, fingerprint, happened_since, posted_fingerprint, posted_time, stale_text
from employees.users import user_name
from integrations.core.addresses import connection_url
from integrations.core.admin.noted import note_change
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.models import Connection
from integrations.fortnox.absence_comparing import compare_absences
from integrations.fortnox.absence_existing import send_existing
from integrations.fortnox.absence_looking import forget_sent, ring_if_watched, start_look, versions_of
from integrations.fortnox.models import ExistingAbsence, ExistingLook

PAGE: Final = "existing_absences"
COMPARE: Final = "compare_absences"
# What is older is hardly ever still to be paid.
BACK: Final = timedelta(days=31)
ABSENCES_A_PAGE: Final = 100
Outcome = ExistingAbsence.Outcome
# Which absences a page lists, by the word in its address.
SHOWN: Final = {"going": ExistingAbsence.GOING, "skipped": (Outcome.LEFT_OUT,)}


class Shown(NamedTuple):
    """``absence`` is None where it was deleted since."""

    found: ExistingAbsence
    absence: Absence | None


def send_existing_absences(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection: Connection = find_connection(section, request, pk)
    ready = connection.state == Connection.State.ACTIVE and connection.settings.get("create_absences") is True
    look = ExistingLook.objects.filter(connection_id=connection.pk).first()
    if request.method == "POST":
        return _post(request, connection, look) if ready else redirect(connection_url(connection, PAGE))
    if ready and look is not None and look.state in ExistingLook.AT_WORK:
        ring_if_watched(look)
    since = look.since if look is not None else timezone.localdate() - BACK
    context: dict[str, Any] = {"connection": connection, "look": look if ready else None}
    if "progress" in request.GET:
        return _progress(request, context)
    page: TemplateResponse = render_page(
        section,
        request,
        "page.html",
        title=_("Existing absences of %(connection)s") % {"connection": connection.label},
        page=PAGE,
        since=since.isoformat(),
        ready=ready,
        **context,
        **(_found(request, look) if ready and look is not None and look.state == ExistingLook.State.READY else {}),
        back_url=connection_url(connection),
    )
    page.template_name = "fortnox/existing_absences.html"
    return page


def _progress(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Answer the page's own question how far it is; once it has ended, the page is loaded anew."""
    look: ExistingLook | None = context["look"]
    response = TemplateResponse(request, "fortnox/existing_progress.html", context)
    if look is None or look.state not in ExistingLook.AT_WORK:
        response["HX-Refresh"] = "true"
    return response


def _found(request: HttpRequest, look: ExistingLook) -> dict[str, Any]:
    found = ExistingAbsence.objects.filter(look=look)
    numbers = dict(found.order_by().values_list("outcome").annotate(Count("pk")))
    counts = {name: sum(numbers.get(outcome, 0) for outcome in outcomes) for name, outcomes in SHOWN.items()}
    asked = request.GET.get("shown", "")
    chosen = asked if asked in SHOWN else next((name for name in SHOWN if counts[name]), "going")
    listed = found.filter(outcome__in=SHOWN[chosen]).order_by("pk")
    page = Paginator(listed, ABSENCES_A_PAGE).get_page(request.GET.get("page"))
    return {
        "counts": counts,
        "created": numbers.get(Outcome.CREATE, 0),
        "adopted": numbers.get(Outcome.ADOPT, 0),
        "shown": chosen,
        "made_from": _made_from(look),
        "found_page": page,
        "found": _with_absences(page),
    }


def _made_from(look: ExistingLook) -> str:
    """Return what stands for all that would be sent, as it was looked at and as it is now."""
    going = ExistingAbsence.objects.filter(look=look, outcome__in=ExistingAbsence.GOING)
    found = list(going.order_by("pk").values_list("absence_id", "version", "outcome", "days"))
    now = Absence.objects.order_by("pk").filter(pk__in=going.values("absence_id")).values_list("pk", "version")
    return fingerprint(look.pk, found, list(now))


def _with_absences(page: Page[ExistingAbsence]) -> Sequence[Shown]:
    there = Absence.objects.select_related("employee", "type").in_bulk([each.absence_id for each in page])
    return [Shown(each, there.get(each.absence_id)) for each in page]


def _post(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> HttpResponse:
    if "look" in request.POST:
        since = _day(request.POST.get("from", ""))
        if since is None:
            messages.error(request, _("Choose the first day."))
        else:
            start_look(connection=connection, since=since, by=request.user)
        return redirect(connection_url(connection, PAGE))
    return _send(request, connection, look)


def _send(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> HttpResponse:
    """Send what was ticked, or all of a look that was shown."""
    versions = _take_shown(request, connection, look)
    if versions is None:
        return redirect(connection_url(connection, PAGE))
    if not versions:
        messages.warning(request, _("Nothing was sent: no absence was chosen."))
        return redirect(connection_url(connection, PAGE))
    sent = send_existing(connection=connection, versions=versions)
    note_change(request, connection, _("%(count)d existing absences sent") % {"count": len(sent)})
    text = ngettext(
        "%(count)d absence is sent to Fortnox in the background. The list of absences says what became of it.",
        "%(count)d absences are sent to Fortnox in the background. The list of absences says what became of each.",
        len(sent),
    )
    messages.success(request, text % {"count": len(sent)})
    if len(sent) < len(versions):
        messages.warning(request, _("Absences that were changed or deleted meanwhile were left out. Look again."))
    return redirect(connection_url(connection, PAGE))


def _take_shown(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> dict[int, int] | None:
    """Take what was chosen out of the look, so that nobody else sends it; returns None where it is not as shown."""
    with transaction.atomic():
        look = ExistingLook.objects.select_for_update().filter(pk=look.pk if look else 0).first()
        if look is None or look.state != ExistingLook.State.READY or _made_from(look) != posted_fingerprint(request):
            messages.error(request, stale_text(_happened(request, connection)))
            return None
        versions = dict(versions_of(look))
        if "all" not in request.POST:
            ticked = {int(text) for text in request.POST.getlist("absence") if text.isdecimal()}
            versions = {pk: version for pk, version in versions.items() if pk in ticked}
        forget_sent(look=look, pks=list(versions))
    return versions


def _happened(request: HttpRequest, connection: Connection) -> list[Happened]:
    """Return who looked anew since, sent some, or changed absences of the company."""
    since = posted_time(request)
    look = ExistingLook.objects.filter(connection_id=connection.pk).select_related("by").first()
    looked = (
        [Happened(user_name(look.by), _("looked at it anew"), look.started_at)]
        if look is not None and since and look.started_at >= since
        else []
    )
    people = Employee.objects.filter(company=connection.company_id).values_list("pk", flat=True)
    return [*looked, *happened_since(since, people=list(people))]


def compare_now(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection: Any = find_connection(section, request, pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    count = compare_absences(connection)
    text = ngettext(
        "%(count)d absence is compared with Fortnox in the background. What was edited there stands with the absence.",
        "%(count)d absences are compared with Fortnox in the background. What was edited there stands with each.",
        count,
    )
    if count:
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("There is nothing to compare: no absence is in Fortnox yet."))
    return redirect(connection_url(connection))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
