"""Short mails about one thing each: what happened, to whom, and what to do next."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.zones import moment_text
from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.amounts import Amount, OfMassChange
from integrations.core.explaining import vendor_label
from integrations.core.models import Connection, MassChange, Notification
from integrations.core.report.letters import Moot, Notice, absolute
from integrations.core.report.problem_notice import problems_notice


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
        next_step=_("Open the connection and press “Connect again”. What waits is then sent by itself."),
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
        "count": mass.people,
        "amount": OfMassChange(people=mass.people, absences=mass.absences),
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


KINDS: Final[Mapping[str, Callable[[Connection, Mapping[str, Any]], Notice]]] = {
    "problems": problems_notice,
    "authorisation_lost": _authorisation_lost,
    "authorisation_ending": _authorisation_ending,
    "outage": _outage,
    "renamed": _renamed,
    "mass_change": _mass_change,
}


def _of(connection: Connection) -> str:
    page = connection_url(connection) or reverse("admin:core_connection_change", args=[connection.pk])
    return absolute(page)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
