"""The settings of a connection: reports, who takes part, and the vendor's own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from employees.labels import label_of, left_last, with_words
from employees.parameters import whole
from employees.shown import fingerprint, posted_fingerprint, posted_time, stale_text
from integrations.core import leases
from integrations.core.addresses import connection_url
from integrations.core.admin.noted import note_change
from integrations.core.admin.wizard.forms import SettingsForm, people_shown
from integrations.core.admin.wizard.let_go import let_go_since
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.hub.acting import acting_as
from integrations.core.hub.happenings import connection_happenings
from integrations.core.models import Connection, Delivery, SyncRun
from integrations.core.read_anew import labels_read_anew
from integrations.core.scoping import Moved, move_links

PEOPLE_A_PAGE: Final = 20
SENDING: Final = gettext_lazy(
    "Nothing is saved: something is being sent right now, or it is not known yet what became of it, and your changes"
    " decide what that was. Wait a minute, then save again."
)
SAVED: Final = ("label", "recipients", "scope", "settings", "push_limit", "creates_by_itself")


def change_settings(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection = find_connection(section, request, pk)
    if not connection.account_id:
        messages.info(request, _("Connect it first: the settings come after that."))
        return redirect(connection_url(connection))
    form = settings_form(section, connection, request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        if connection.runs.filter(state__in=SyncRun.AT_WORK).exists():
            form.add_error(None, _("A synchronisation is at work. Wait until it has ended, then save again."))
        else:
            with _between_sendings(connection, form) as free:
                if free:
                    return _saved(request, connection=connection, form=form)
            form.add_error(None, SENDING)
    title = _("Settings of %(connection)s") % {"connection": connection.label}
    return render_page(
        section,
        request,
        "settings.html",
        title=title,
        connection=connection,
        page="settings",
        form=form,
        made_from=_stored(connection),
    )


@contextmanager
def _between_sendings(connection: Connection, form: SettingsForm) -> Iterator[bool]:
    """Yield whether nothing is being sent of values that are read otherwise from now on, and keep it so."""
    if not labels_read_anew(connection, connection.settings, form.settings()):
        yield True
        return
    held = leases.claim(name=f"push:{connection.pk}")
    try:
        yield held is not None and not Delivery.objects.filter(connection=connection, state__in=Delivery.OPEN).exists()
    finally:
        if held is not None:
            held.release()


def _saved(request: HttpRequest, *, connection: Connection, form: SettingsForm) -> HttpResponse:
    stale = _save(request, connection=connection, form=form)
    if stale:
        messages.error(request, stale)
        return redirect(connection_url(connection, "settings"))
    return redirect(connection_url(connection))


def _stored(connection: Connection) -> str:
    """Return what stands for the settings as they are stored."""
    stored = Connection.objects.values(*SAVED).get(pk=connection.pk)
    return fingerprint(stored)


def settings_form(section: Section, connection: Connection, posted: Any = None, *, user: Any = None) -> SettingsForm:
    search_url = reverse(f"admin:{section.page_name('people')}", args=[connection.pk or 0])
    return section.settings_form(posted, connection=connection, search_url=search_url, user=user)


def search_people(section: Section, request: HttpRequest, pk: int) -> JsonResponse:
    """Answer the search of the form's people with ``{"results": [{"id", "text"}], "pagination": {"more"}}``."""
    connection = find_connection(section, request, pk)
    people = with_words(people_shown(connection, request.user), request.GET.get("term", ""))
    page = Paginator(left_last(people), PEOPLE_A_PAGE).get_page(whole(request.GET.get("page")) or 1)
    shown = [{"id": str(person.pk), "text": label_of(person)} for person in page]
    return JsonResponse({"results": shown, "pagination": {"more": page.has_next()}})


def _save(request: HttpRequest, *, connection: Connection, form: SettingsForm) -> str:
    """Save what was entered; returns why not, where somebody else saved meanwhile."""
    before = (connection.scope, connection.settings)
    read_anew = labels_read_anew(connection, connection.settings, form.settings())
    connection.label = form.cleaned_data["label"]
    connection.recipients = form.cleaned_data["recipients"]
    connection.scope, connection.settings = form.scope(), form.settings()
    connection.push_limit = form.cleaned_data["push_limit"]
    connection.creates_by_itself = form.cleaned_data["creates_by_itself"]
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        if _stored(connection) != posted_fingerprint(request):
            return stale_text(connection_happenings(posted_time(request), pk=connection.pk))
        since = timezone.now()
        with acting_as(user_id=request.user.pk):
            connection.save(update_fields=SAVED)
            note_change(request, connection, _("settings saved"))
            moved = move_links(connection=connection)
        told = let_go_since(connection, since)
    messages.success(request, _("The settings are saved."))
    _tell_moved(request, moved)
    for level, text in told:
        messages.add_message(request, level, text)
    if read_anew:
        messages.warning(request, _read_anew_text(read_anew))
    waits = connection.runs.filter(state=SyncRun.State.REVIEW).exists()
    if waits and before != (connection.scope, connection.settings):
        messages.warning(
            request,
            _("The comparison that waits for decisions was made with the settings before: synchronise users again."),
        )
    return ""


def _read_anew_text(labels: Sequence[str]) -> str:
    return _(
        "%(labels)s: another value of the hub counts from now on. Nobody has compared it yet, so it is not sent by"
        " itself: press “Synchronise users” to see what differs now, and decide. What is edited from now on is sent."
    ) % {"labels": ", ".join(labels)}


def _tell_moved(request: HttpRequest, moved: Moved) -> None:
    if moved.out:
        text = ngettext(
            "%(count)d person takes no part any more: the link is kept, nothing is deleted in either system.",
            "%(count)d people take no part any more: their links are kept, nothing is deleted in either system.",
            moved.out,
        )
        messages.info(request, text % {"count": moved.out})
    if moved.back and moved.held:
        text = ngettext("%(count)d person takes part again.", "%(count)d people take part again.", moved.back)
        messages.info(request, text % {"count": moved.back})
    elif moved.back:
        text = ngettext(
            "%(count)d person takes part again: what was edited in the hub meanwhile is sent.",
            "%(count)d people take part again: what was edited in the hub meanwhile is sent.",
            moved.back,
        )
        messages.info(request, text % {"count": moved.back})
