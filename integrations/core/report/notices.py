"""Short mails about one thing each: what happened, to whom, and what to do next."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.models import Employee
from employees.zones import moment_text
from integrations.core.accounts import state_once_connected
from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.amounts import Amount, OfMassChange
from integrations.core.explaining import field_label, vendor_label
from integrations.core.held_changes import waiting_of
from integrations.core.hub.by_settings import BY_SETTINGS
from integrations.core.hub.labels import details_of_subjects
from integrations.core.hub.tracking import RESOURCE as EMPLOYEES
from integrations.core.models import Connection, FieldChange, MassChange, Notification
from integrations.core.report.letters import Item, Moot, Notice, Section, absolute
from integrations.core.report.problem_notice import NAMES, problems_notice


def compose(notification: Notification) -> Notice:
    """Return the mail of a notification that is not a run's report; raises Moot, or KeyError for an unknown kind."""
    kind = notification.key.partition(":")[0]
    connection = notification.connection
    if connection is None:
        raise Moot(_("The connection has been deleted."))
    return KINDS[kind](connection, notification.data)


def _authorisation_lost(connection: Connection, data: Mapping[str, Any]) -> Notice:
    if connection.state != Connection.State.NEEDS_REAUTHORISATION:
        raise Moot(_("It has been connected again."))
    vendor = vendor_label(connection)
    return Notice(
        subject=_("%(connection)s must be connected again") % {"connection": connection.label},
        sentences=(
            _("%(vendor)s does not accept the access any more: it was withdrawn there, or not used for too long.")
            % {"vendor": vendor},
            _("Nothing is compared or sent until it is connected again. What is changed in the hub meanwhile is kept."),
        ),
        next_step=_("Open the connection and press “Connect again”. What waits is then sent by itself.")
        if state_once_connected(connection) == Connection.State.ACTIVE
        else _("Open the connection and press “Connect again”. Its page then says how to go on."),
        url=_of(connection),
        url_label=_("Open the connection"),
    )


def _authorisation_ending(connection: Connection, data: Mapping[str, Any]) -> Notice:
    until = _moment(data["until"])
    if connection.authorised_until is not None and connection.authorised_until > until:
        raise Moot(_("The access has been renewed."))
    names = {
        "vendor": vendor_label(connection),
        "connection": connection.label,
        "until": moment_text(until, connection),
    }
    return Notice(
        subject=_("%(connection)s: the access ends on %(until)s") % names,
        sentences=(
            _("The access to %(vendor)s is renewed by itself, but that has not worked for some time.") % names,
            _("Unless it is renewed, it ends on %(until)s, and nothing can be compared or sent after that.") % names,
        ),
        next_step=_("Open the connection and press “Sign in again”."),
        url=_of(connection),
        url_label=_("Open the connection"),
    )


def _outage(connection: Connection, data: Mapping[str, Any]) -> Notice:
    since = _moment(data["since"])
    if connection.failing_since is None:
        raise Moot(_("It answers again."))
    names = {
        "vendor": vendor_label(connection),
        "since": moment_text(since, connection),
        "connection": connection.label,
    }
    # “waiting” is that of mails written before absences were counted apart.
    waiting = Amount(people=data.get("people", data.get("waiting", 0)), absences=data.get("absences", 0))
    return Notice(
        subject=_("%(connection)s: %(vendor)s does not answer") % names,
        sentences=(
            _("%(vendor)s has not answered since %(since)s.") % names,
            ngettext(
                "The change of %(amount)s waits. Nothing is lost.",
                "The changes of %(amount)s wait. Nothing is lost.",
                waiting.changes,
            )
            % {"amount": waiting}
            if waiting
            else _("Nothing waits to be sent at the moment."),
        ),
        next_step=_("Nothing: what waits is sent by itself once it answers again."),
        url=_of(connection),
        url_label=_("Open the connection"),
    )


def _renamed(connection: Connection, data: Mapping[str, Any]) -> Notice:
    names = {"vendor": vendor_label(connection), "connection": connection.label, **data}
    return Notice(
        subject=_("%(connection)s: the company is called “%(now)s” at %(vendor)s by now") % names,
        sentences=(
            _("The company at %(vendor)s was called “%(before)s”, and is called “%(now)s” by now.") % names,
            _("It is the same company there, by its ID: everything goes on as before."),
        ),
        next_step=_("Nothing, if you expected this. Otherwise ask whoever looks after %(vendor)s.") % names,
        url=_of(connection),
        url_label=_("Open the connection"),
    )


def _mass_change(connection: Connection, data: Mapping[str, Any]) -> Notice:
    mass = MassChange.objects.filter(pk=data["mass_change"], state=MassChange.State.HELD).first()
    if mass is None:
        raise Moot(_("Somebody has decided already."))
    names = {
        "vendor": vendor_label(connection),
        "connection": connection.label,
        "change": mass.label,
        "amount": _amount_of(mass),
        "limit": connection.push_limit,
    }
    return Notice(
        subject=_("%(connection)s: changes of %(amount)s wait for you") % names,
        sentences=(
            _("“%(change)s” changes %(amount)s who are also in %(vendor)s.") % names,
            _(
                "Changes of more than %(limit)d people at once, or of their absences, are not sent before somebody has"
                " looked at them."
            )
            % names,
        ),
        next_step=_("Look at what would be sent, and release it or drop it."),
        url=absolute(page) if (page := mass_change_url(connection, mass.pk)) else _of(connection),
        url_label=_("Look at the changes"),
    )


def _amount_of(mass: MassChange) -> OfMassChange:
    """Return how much it is about; raises Moot where that is known to be nothing."""
    if not mass.key.startswith(BY_SETTINGS):
        # More of its parts may be on the way.
        return OfMassChange(people=mass.people, absences=mass.absences)
    waiting = waiting_of(mass)
    if not waiting.number:
        raise Moot(_("Nothing of it waits any more."))
    return waiting


def _overwritten(connection: Connection, data: Mapping[str, Any]) -> Notice:
    """Names and fields; what stood there is told on the person's page, to whoever may read it."""
    changes = list(FieldChange.objects.filter(pk__in=data["changes"]).order_by("pk"))
    people = {each.subject_id: each for each in changes}
    if not people:
        raise Moot(_("Nothing was overwritten."))
    names = {"connection": connection.label, "vendor": vendor_label(connection), "count": len(people)}
    employees = Employee.objects.in_bulk([int(left_id) for left_id in people])
    details = details_of_subjects(people, mailed=True)
    items = tuple(
        Item(
            text=f"{_named(employees, details, left_id)} – {_fields_lost(connection, changes, left_id)}",
            url=absolute(reverse("admin:employees_employee_change", args=[left_id])),
        )
        for left_id in list(people)[:NAMES]
    )
    subject = ngettext(
        "%(connection)s: an edit has overwritten a newer value of %(count)d person",
        "%(connection)s: edits have overwritten newer values of %(count)d people",
        len(people),
    )
    return Notice(
        subject=subject % names,
        sentences=(),
        sections=(
            Section(
                sentence=_(
                    "These were edited in the hub after somebody had changed them in %(vendor)s, which no"
                    " synchronisation had brought to the hub yet. %(vendor)s holds the hub's values now."
                )
                % names,
                items=items,
                more=len(people) - len(items),
            ),
        ),
        next_step=_(
            "Look at each person's history in the hub: it says what stood there. If that was right, enter it in the"
            " hub."
        ),
        url=_of(connection),
        url_label=_("Open the connection"),
    )


def _named(employees: Mapping[int, Employee], details: Mapping[str, str], left_id: str) -> str:
    person = employees.get(int(left_id))
    if person is None:
        return left_id
    return f"{person.full_name} ({details[left_id]})" if details.get(left_id) else person.full_name


def _fields_lost(connection: Connection, changes: Sequence[FieldChange], left_id: str) -> str:
    lost = {name for each in changes if each.subject_id == left_id for name in each.before or ()}
    return ", ".join(sorted(field_label(connection, EMPLOYEES, name) for name in lost))


KINDS: Final[Mapping[str, Callable[[Connection, Mapping[str, Any]], Notice]]] = {
    "problems": problems_notice,
    "authorisation_lost": _authorisation_lost,
    "authorisation_ending": _authorisation_ending,
    "outage": _outage,
    "renamed": _renamed,
    "mass_change": _mass_change,
    "overwritten": _overwritten,
}


def _of(connection: Connection) -> str:
    page = connection_url(connection) or reverse("admin:core_connection_change", args=[connection.pk])
    return absolute(page)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
