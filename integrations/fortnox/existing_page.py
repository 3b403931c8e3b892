"""The page on which somebody sends absences that were there before the transfer (FX-18); and comparing on demand."""

from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.core.addresses import connection_url
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.models import Connection
from integrations.fortnox.absence_comparing import compare_absences
from integrations.fortnox.absence_existing import MOST_AT_ONCE, existing_absences, preview, send_existing

PAGE: Final = "existing_absences"
COMPARE: Final = "compare_absences"
# What is older is hardly ever still to be paid.
BACK: Final = timedelta(days=31)


def send_existing_absences(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection: Connection = find_connection(section, request, pk)
    if request.method == "POST":
        return _send(request, connection)
    since = _day(request.GET.get("from", "")) or timezone.localdate() - BACK
    ready = connection.state == Connection.State.ACTIVE and connection.settings.get("create_absences") is True
    asked = ready and "from" in request.GET
    found = existing_absences(connection=connection, since=since) if asked else []
    shown = preview(connection=connection, absences=found[:MOST_AT_ONCE]) if found else []
    page: TemplateResponse = render_page(
        section,
        request,
        "page.html",
        title=_("Existing absences of %(connection)s") % {"connection": connection.label},
        connection=connection,
        page=PAGE,
        since=since.isoformat(),
        asked=asked,
        ready=ready,
        going=[each for each in shown if each.outcome],
        skipped=[each for each in shown if not each.outcome],
        more=len(found) - len(shown),
        back_url=connection_url(connection),
    )
    page.template_name = "fortnox/existing_absences.html"
    return page


def _send(request: HttpRequest, connection: Connection) -> HttpResponse:
    pairs = [text.split(":") for text in request.POST.getlist("absence")]
    versions = {int(pair[0]): int(pair[1]) for pair in pairs if len(pair) == 2 and all(map(str.isdecimal, pair))}
    if not versions:
        messages.warning(request, _("Nothing was sent: no absence was chosen."))
        return redirect(connection_url(connection, PAGE))
    count = send_existing(connection=connection, versions=versions)
    text = ngettext(
        "%(count)d absence is sent to Fortnox in the background. The list of absences says what became of it.",
        "%(count)d absences are sent to Fortnox in the background. The list of absences says what became of each.",
        count,
    )
    messages.success(request, text % {"count": count})
    if count < len(versions):
        messages.warning(request, _("Absences that were changed or deleted meanwhile were left out. Look again."))
    return redirect(connection_url(connection))


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
