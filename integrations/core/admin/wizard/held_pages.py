"""Mass changes that wait for a person: what they would send, and their release or drop (G-17)."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.shown import SHOWN, happened_since, posted_fingerprint, posted_time, told_texts
from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.admin.names import user_name
from integrations.core.admin.wizard.held_absences import held_absences
from integrations.core.admin.wizard.held_people import held_edits, held_people
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.amounts import OF_ABSENCES, OfMassChange
from integrations.core.held_changes import (
    fingerprint_of,
    held_mass_changes,
    marks_of,
    people_of,
    waiting_absences_of,
    waiting_of,
)
from integrations.core.held_values import Outlook, outlook_of
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.models import Connection, MassChange
from integrations.core.releasing import Stale, drop_mass_change, release_mass_change

PEOPLE_A_PAGE: Final = 25
MOST_DECIDED: Final = 20
EDITS_TOLD: Final = 3
NOTHING_WAITS: Final = Outlook(0, 0)


def show_held(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    """List what waits, and what was decided before."""
    connection = find_connection(section, request, pk)
    decided = MassChange.objects.filter(connection=connection).exclude(state=MassChange.State.HELD)
    return render_page(
        section,
        request,
        "held.html",
        title=_("Mass changes of %(connection)s") % {"connection": connection.label},
        connection=connection,
        held=held_links(connection, held_mass_changes([connection]).get(connection.pk, [])),
        decided=[
            {"change": each, "amount": amount_of(each), **_names(each)}
            for each in decided.select_related("by", "decided_by").order_by("-decided_at")[:MOST_DECIDED]
        ],
        back_url=connection_url(connection),
    )


def held_links(connection: Connection, held: Sequence[Any]) -> list[Any]:
    """Set each mass change's ``url``, and return them."""
    for mass_change in held:
        mass_change.url = mass_change_url(connection, mass_change.pk)
    return list(held)


def amount_of(mass_change: MassChange) -> OfMassChange:
    return OfMassChange(people=mass_change.people, absences=mass_change.absences)


def _names(mass_change: MassChange) -> dict[str, str]:
    """Return who changed, and who decided; users who are gone have no name."""
    return {"changed_by": user_name(mass_change.by) or "–", "decided_by": user_name(mass_change.decided_by) or "–"}


def show_mass_change(section: Section, request: HttpRequest, pk: int, mass: int) -> HttpResponse:
    connection, mass_change = _find(section, request, pk, mass)
    is_held = mass_change.state == MassChange.State.HELD
    return render_page(
        section,
        request,
        "mass_change.html",
        title=mass_change.label,
        connection=connection,
        mass_change=mass_change,
        **_names(mass_change),
        **_what_waits(request, connection, mass_change),
        edits=held_edits(request, connection, mass_change),
        amount=amount_of(mass_change),
        waiting=waiting_of(mass_change),
        outlook=outlook_of(mass_change) if is_held else NOTHING_WAITS,
        is_held=is_held,
        urls={name: mass_change_url(connection, mass_change.pk, name) for name in ("release", "drop")},
        held_url=connection_url(connection, "held"),
    )


def release(section: Section, request: HttpRequest, pk: int, mass: int) -> HttpResponse:
    """Ask; by POST let it be sent."""
    connection, mass_change = _find(section, request, pk, mass)
    if request.method != "POST":
        return _ask(section, request, connection, mass_change, releases=True)
    user: Any = request.user
    try:
        released = release_mass_change(mass_change=mass_change, by=user, shown=posted_fingerprint(request))
    except Stale:
        return _refuse_stale(request, connection, mass_change, "release")
    if released:
        messages.success(request, _("“%(change)s” is released: it is being sent.") % {"change": mass_change.label})
    else:
        _tell_decided(request, mass_change)
    return redirect(connection_url(connection))


def drop(section: Section, request: HttpRequest, pk: int, mass: int) -> HttpResponse:
    """Ask; by POST leave both systems as they are."""
    connection, mass_change = _find(section, request, pk, mass)
    if request.method != "POST":
        return _ask(section, request, connection, mass_change, releases=False)
    user: Any = request.user
    try:
        dropped = drop_mass_change(mass_change=mass_change, by=user, shown=posted_fingerprint(request))
    except Stale:
        return _refuse_stale(request, connection, mass_change, "drop")
    if dropped:
        messages.success(
            request,
            _("“%(change)s” is not sent. Both systems keep the values that they have.") % {"change": mass_change.label},
        )
    else:
        _tell_decided(request, mass_change)
    return redirect(connection_url(connection))


def _find(section: Section, request: HttpRequest, pk: int, mass: int) -> tuple[Any, MassChange]:
    connection = find_connection(section, request, pk)
    found = MassChange.objects.filter(connection=connection, pk=mass).select_related("by", "decided_by").first()
    if found is None:
        raise Http404
    return connection, found


def _ask(
    section: Section, request: HttpRequest, connection: Connection, mass_change: MassChange, *, releases: bool
) -> HttpResponse:
    if mass_change.state != MassChange.State.HELD:
        _tell_decided(request, mass_change)
        return redirect(mass_change_url(connection, mass_change.pk))
    waiting = waiting_of(mass_change)
    if not waiting.number:
        messages.info(request, _("Nothing of “%(change)s” waits any more.") % {"change": mass_change.label})
        return redirect(mass_change_url(connection, mass_change.pk))
    outlook = outlook_of(mass_change)
    if releases and not outlook.going:
        messages.info(request, _("Nothing of “%(change)s” would be sent.") % {"change": mass_change.label})
        return redirect(mass_change_url(connection, mass_change.pk))
    names = {"amount": waiting, "connection": connection.label}
    if releases:
        title = ngettext(
            "Send the change of %(amount)s to %(connection)s?",
            "Send the changes of %(amount)s to %(connection)s?",
            waiting.number,
        )
    else:
        title = ngettext(
            "Leave the change of %(amount)s unsent?", "Leave the changes of %(amount)s unsent?", waiting.number
        )
    return render_page(
        section,
        request,
        "mass_change_decide.html",
        title=title % names,
        connection=connection,
        mass_change=mass_change,
        releases=releases,
        amount=waiting,
        outlook=outlook,
        **_what_waits(request, connection, mass_change),
        edits=held_edits(request, connection, mass_change),
        **{SHOWN: fingerprint_of(mass_change)},
        back_url=mass_change_url(connection, mass_change.pk),
    )


def _what_waits(request: HttpRequest, connection: Connection, mass_change: MassChange) -> dict[str, Any]:
    """Return a page of what it holds, ``people`` and then ``absences``."""
    people_first = Case(When(OF_ABSENCES, then=Value(1)), default=Value(0))
    # What has nothing left to do is listed no more.
    waiting = waiting_absences_of(mass_change)
    over = ~Q(left_id__in=list(waiting)) & OF_ABSENCES
    marks = marks_of(mass_change).exclude(over).order_by(people_first, "pk")
    page = Paginator(marks, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    of_absences = [mark for mark in page.object_list if mark.resource == ABSENCES]
    of_people = [mark for mark in page.object_list if mark.resource != ABSENCES]
    return {
        # Named apart from the wizard's own ``page``, which is a step.
        "people_page": page,
        "people": held_people(request, connection, mass_change, of_people),
        "absences": held_absences(request, connection, of_absences, reasons=waiting),
    }


def _refuse_stale(request: HttpRequest, connection: Connection, mass_change: MassChange, action: str) -> HttpResponse:
    """Say what is not as it was shown, and ask anew."""
    said = [
        _("Nothing was done: what “%(change)s” holds has changed since you opened the page.")
        % {"change": mass_change.label}
    ]
    edits = held_edits(request, connection, mass_change)
    said += [
        _("%(person)s, %(field)s: edited by %(who)s on %(at)s.")
        % {"person": edit.name, "field": edit.label, "who": edit.who, "at": edit.at}
        for edit in edits[:EDITS_TOLD]
    ]
    # Whoever was disconnected, deleted, or is of another company has edited nothing of it.
    said += told_texts(happened_since(posted_time(request), people=people_of(mass_change))) if not edits else []
    said.append(_("Look at it as it is now, and decide again."))
    messages.error(request, " ".join(said))
    return redirect(mass_change_url(connection, mass_change.pk, action))


def _tell_decided(request: HttpRequest, mass_change: MassChange) -> None:
    mass_change.refresh_from_db()
    words = {
        MassChange.State.RELEASED: _("“%(change)s” was released already."),
        MassChange.State.DROPPED: _("“%(change)s” was dropped already."),
    }
    text = words.get(MassChange.State(mass_change.state), _("“%(change)s” waits again."))
    messages.warning(request, text % {"change": mass_change.label})
