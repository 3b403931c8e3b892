"""Mass changes that wait for a person: what they would send, and their release or drop (G-17)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import linked_person, name_people, user_name
from integrations.core.admin.wizard.held_absences import held_absences
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.amounts import OfMassChange
from integrations.core.compare import pairs_from_json
from integrations.core.declare import Record
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.models import Connection, Link, Mark, MassChange
from integrations.core.releasing import drop_mass_change, held_mass_changes, marks_of, release_mass_change, waiting_of
from integrations.core.takeovers import edits_of

PEOPLE_A_PAGE: Final = 25
MOST_DECIDED: Final = 20


class HeldValue(NamedTuple):
    """``reason`` says why a value stays here even when it is released."""

    label: Any
    before: str
    after: str
    reason: str


class HeldPerson(NamedTuple):
    """``note`` says why nothing, or somebody new, would be sent."""

    person: str
    values: list[HeldValue]
    note: str


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
    marks = marks_of(mass_change).order_by("pk")
    page = Paginator(marks, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    return render_page(
        section,
        request,
        "mass_change.html",
        title=mass_change.label,
        connection=connection,
        mass_change=mass_change,
        **_names(mass_change),
        # Named apart from the wizard's own ``page``, which is a step.
        people_page=page,
        **_shown(request, connection, list(page.object_list)),
        amount=amount_of(mass_change),
        waiting=waiting_of(mass_change),
        is_held=mass_change.state == MassChange.State.HELD,
        urls={name: mass_change_url(connection, mass_change.pk, name) for name in ("release", "drop")},
        held_url=connection_url(connection, "held"),
    )


def release(section: Section, request: HttpRequest, pk: int, mass: int) -> HttpResponse:
    """Ask; by POST let it be sent."""
    connection, mass_change = _find(section, request, pk, mass)
    if request.method != "POST":
        return _ask(section, request, connection, mass_change, releases=True)
    user: Any = request.user
    if release_mass_change(mass_change=mass_change, by=user):
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
    if drop_mass_change(mass_change=mass_change, by=user):
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
        amount=amount_of(mass_change),
        back_url=mass_change_url(connection, mass_change.pk),
    )


def _tell_decided(request: HttpRequest, mass_change: MassChange) -> None:
    mass_change.refresh_from_db()
    words = {
        MassChange.State.RELEASED: _("“%(change)s” was released already."),
        MassChange.State.DROPPED: _("“%(change)s” was dropped already."),
    }
    text = words.get(MassChange.State(mass_change.state), _("“%(change)s” waits again."))
    messages.warning(request, text % {"change": mass_change.label})


# --- What would be sent -------------------------------------------------------------------------------------


def _shown(request: HttpRequest, connection: Connection, marks: Sequence[Mark]) -> dict[str, Any]:
    """Return a page of what a mass change holds: ``people`` or ``absences``."""
    if any(mark.resource == ABSENCES for mark in marks):
        return {"absences": held_absences(request, connection, marks)}
    return {"people": _people(request, connection, marks)}


def _people(request: HttpRequest, connection: Connection, marks: Sequence[Mark]) -> list[HeldPerson]:
    """Return a page of people; the number of queries does not depend on theirs."""
    if not marks:
        return []
    name_people(marks, ids=[mark.left_id for mark in marks])
    resource = marks[0].resource
    people = hub_people(connection=connection, resource=resource)
    ids = [mark.left_id for mark in marks]
    records = {record.id: record for record in people.read(ids)}
    links = Link.objects.filter(connection=connection, resource=resource, left_id__in=ids)
    holding = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    reader = _Reader(people, Shown(request, connection=connection, resource=resource), connection)
    by_person: Mapping[str, Link] = {link.left_id: link for link in holding}
    return [
        reader.read(
            linked_person(request, mark, mark.left_id),
            records.get(mark.left_id),
            by_person.get(mark.left_id),
            mark,
        )
        for mark in marks
    ]


class _Reader:
    def __init__(self, people: HubPeople, shown: Shown, connection: Connection) -> None:
        self.people, self.shown, self.connection = people, shown, connection

    def read(self, person: str, record: Record | None, link: Link | None, mark: Mark) -> HeldPerson:
        if record is None:
            return HeldPerson(person, [], _("Not in the company any more: nothing is sent."))
        if link is None:
            return HeldPerson(person, [], self._without_link(record))
        values = list(self._values(record, link, mark))
        note = "" if values else _("Nothing to send any more: both systems agree.")
        if link.state != Link.State.ACTIVE:
            note = _("Not sent for now: %(state)s.") % {"state": link.get_state_display().lower()}
        return HeldPerson(person, values, note)

    def _without_link(self, record: Record) -> str:
        if self.connection.creates_by_itself and record.active and record.in_scope:
            return _("Is created in %(connection)s.") % {"connection": self.connection.label}
        return _("Not in %(connection)s: nothing is sent.") % {"connection": self.connection.label}

    def _values(self, record: Record, link: Link, mark: Mark) -> Iterator[HeldValue]:
        resource = self.people.resource
        pairs = pairs_from_json(resource, link.pairs)
        wanted = [name for name in mark.wanted.get("fields", []) if name in resource.position]
        edited = edits_of(self.people, record, pairs, wanted)
        kept = {**edited.kept, **dict.fromkeys(edited.by_rule, _("Not sent: the person has a protected identity."))}
        for declared in resource.fields:
            name = declared.name
            if name not in edited.values and name not in kept:
                continue
            pair = pairs.get(name)
            yield HeldValue(
                self.shown.label(name),
                self.shown.value(name, declared.to_json(pair.right)) if pair else "",
                self.shown.value(name, declared.to_json(resource.value(record, name))),
                str(kept.get(name, "")),
            )
