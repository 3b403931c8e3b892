"""The page on which somebody sends absences that were there before the transfer (FX-18); and comparing on demand."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.models import Absence
from employees.models import Employee
from employees.parameters import day, wholes
from employees.shown import Happened, fingerprint, happened_since, posted_fingerprint, posted_time, stale_text
from employees.users import user_name
from employees.zones import today_of
from integrations.core.addresses import connection_url
from integrations.core.admin.noted import note_change
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.allowed import may_see_absences
from integrations.core.models import Connection
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_comparing import compare_absences
from integrations.fortnox.absence_existing import send_existing
from integrations.fortnox.absence_foreseeing import Going, absences_of, going_of
from integrations.fortnox.absence_looking import forget_sent, ring_if_watched, start_look
from integrations.fortnox.mapping_page import answered_since
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
    going: Going

    @property
    def cause(self) -> str:
        """By which cause it would stand at Fortnox."""
        return cause_name(self.going.now.cause) if self.going.now and self.going.now.cause else ""

    @property
    def moved(self) -> str:
        """Why it is left out, though the look found it going; empty where it goes."""
        if self.going.holds or self.absence is None:
            return ""
        return (self.going.now.reason if self.going.now else "") or _("changed since it was looked at")


class Taken(NamedTuple):
    """``versions`` are sent, by absence; ``left_out`` is how many more were chosen, and do not go as it was shown."""

    versions: dict[int, int]
    left_out: int


def send_existing_absences(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    """For whoever reads absences: the page says what each is."""
    if not may_see_absences(request.user):
        raise PermissionDenied
    connection: Connection = find_connection(section, request, pk)
    ready = connection.state == Connection.State.ACTIVE and connection.settings.get("create_absences") is True
    look = ExistingLook.objects.filter(connection_id=connection.pk).first()
    if request.method == "POST":
        return _post(request, connection, look) if ready else redirect(connection_url(connection, PAGE))
    if ready and look is not None and look.state in ExistingLook.AT_WORK:
        ring_if_watched(look)
    since = look.since if look is not None else today_of(connection) - BACK
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
        **(
            _found(request, connection, look)
            if ready and look is not None and look.state == ExistingLook.State.READY
            else {}
        ),
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


def _found(request: HttpRequest, connection: Connection, look: ExistingLook) -> dict[str, Any]:
    going = going_of(connection, look)
    holding = Counter(each.found.outcome for each in going if each.holds)
    left_out = ExistingAbsence.objects.filter(look=look, outcome__in=SHOWN["skipped"]).order_by("pk")
    counts = {"going": len(going), "skipped": left_out.count()}
    asked = request.GET.get("shown", "")
    chosen = asked if asked in SHOWN else next((name for name in SHOWN if counts[name]), "going")
    listed: Any = left_out if chosen == "skipped" else going
    page = Paginator(listed, ABSENCES_A_PAGE).get_page(request.GET.get("page"))
    return {
        "counts": counts,
        "created": holding[Outcome.CREATE],
        "adopted": holding[Outcome.ADOPT],
        "holding": holding.total(),
        "moved": len(going) - holding.total(),
        "shown": chosen,
        "made_from": _made_from(look, going),
        "found_page": page,
        "found": _with_absences(page),
    }


def _made_from(look: ExistingLook, going: Sequence[Going]) -> str:
    """Return what stands for all that would be sent, as it was looked at and as it is now."""
    return fingerprint(look.pk, [each.made_from for each in going])


def _with_absences(page: Page[Any]) -> Sequence[Shown]:
    listed = [each if isinstance(each, Going) else Going(found=each, now=None, holds=False) for each in page]
    there = absences_of([each.found for each in listed])
    return [Shown(each.found, there.get(each.found.absence_id), each) for each in listed]


def _post(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> HttpResponse:
    if "look" in request.POST:
        since = day(request.POST.get("from"))
        if since is None:
            messages.error(request, _("Choose the first day."))
        else:
            start_look(connection=connection, since=since, by=request.user)
        return redirect(connection_url(connection, PAGE))
    return _send(request, connection, look)


def _send(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> HttpResponse:
    """Send what was ticked, or all of a look that was shown."""
    taken = _take_shown(request, connection, look)
    if taken is None:
        return redirect(connection_url(connection, PAGE))
    if not taken.versions and not taken.left_out:
        messages.warning(request, _("Nothing was sent: no absence was chosen."))
        return redirect(connection_url(connection, PAGE))
    sent = send_existing(connection=connection, versions=taken.versions)
    _tell_sent(request, connection, len(sent))
    if left_out := taken.left_out + len(taken.versions) - len(sent):
        text = ngettext(
            "%(count)d absence was left out: it was changed or deleted meanwhile, or waits for something. Look again.",
            "%(count)d absences were left out: they were changed or deleted meanwhile, or wait for something. Look"
            " again.",
            left_out,
        )
        messages.warning(request, text % {"count": left_out})
    return redirect(connection_url(connection, PAGE))


def _tell_sent(request: HttpRequest, connection: Connection, count: int) -> None:
    if not count:
        messages.warning(request, _("Nothing was sent."))
        return
    noted = ngettext("%(count)d existing absence sent", "%(count)d existing absences sent", count)
    note_change(request, connection, noted % {"count": count})
    text = ngettext(
        "%(count)d absence is sent to Fortnox in the background. The list of absences says what became of it.",
        "%(count)d absences are sent to Fortnox in the background. The list of absences says what became of each.",
        count,
    )
    messages.success(request, text % {"count": count})


def _take_shown(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> Taken | None:
    """Take what was chosen out of the look, so that nobody else sends it; returns None where it is not as shown."""
    with transaction.atomic():
        look = ExistingLook.objects.select_for_update().filter(pk=look.pk if look else 0).first()
        going = going_of(connection, look) if look is not None and look.is_read else None
        if look is None or going is None or _made_from(look, going) != posted_fingerprint(request):
            messages.error(request, stale_text(_happened(request, connection, look)))
            return None
        if "all" not in request.POST:
            ticked = set(wholes(request.POST.getlist("absence")))
            going = [each for each in going if each.found.absence_id in ticked]
        versions = {each.found.absence_id: each.found.version for each in going if each.holds}
        forget_sent(look=look, pks=list(versions))
    return Taken(versions, len(going) - len(versions))


def _happened(request: HttpRequest, connection: Connection, look: ExistingLook | None) -> list[Happened]:
    """Return who looked anew since, sent some, answered types, or changed people, absences or settings."""
    since = posted_time(request)
    looked = (
        [Happened(user_name(look.by), _("looked at it anew"), look.started_at)]
        if look is not None and since and look.started_at >= since
        else []
    )
    people = Employee.objects.filter(company=connection.company_id).values_list("pk", flat=True)
    return [
        *looked,
        *answered_since(connection, since),
        *happened_since(since, people=list(people)),
    ]


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
