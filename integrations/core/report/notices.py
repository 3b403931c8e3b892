"""Short mails about one thing each: what happened, to whom, and what to do next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.models import Employee
from integrations.core.accounts import state_once_connected
from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.amounts import Amount, OfMassChange
from integrations.core.explaining import field_label, vendor_label
from integrations.core.hub.absences import pk_of
from integrations.core.hub.labels import label_problems
from integrations.core.hub.tracking import RESOURCE as EMPLOYEES
from integrations.core.models import Connection, Delivery, FieldChange, MassChange, Notification, Problem
from integrations.core.problems import OPEN, says_not_done
from integrations.core.report.writing import inlined

# Names that a mail tells; the rest is counted.
NAMES: Final = 25


class Moot(Exception):
    """What the mail was to tell is over: it is not sent."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the mail: a name and what was tried, nothing else of a person (G-09, G-18)."""

    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Notice:
    subject: str
    sentences: tuple[str, ...]
    next_step: str
    url: str
    url_label: str
    items: tuple[Item, ...] = ()
    more: int = 0

    def text(self) -> str:
        return render_to_string("core/mail/notice.txt", {"notice": self}).strip() + "\n"

    def html(self) -> str:
        return inlined(render_to_string("core/mail/notice.html", {"notice": self}))


def compose(notification: Notification) -> Notice:
    """Return the mail of a notification that is not a run's report; raises Moot, or KeyError for an unknown kind."""
    kind = notification.key.partition(":")[0]
    connection = notification.connection
    if connection is None:
        raise Moot(_("The connection has been deleted."))
    return KINDS[kind](connection, notification.data)


# --- Problems ---------------------------------------------------------------------------------------------


def _problems(connection: Connection, data: Mapping[str, Any]) -> Notice:
    open_ones = list(Problem.objects.filter(pk__in=data["problems"], state__in=OPEN).order_by("label", "pk"))
    if not open_ones:
        raise Moot(_("The problem was solved before it was mailed."))
    names = {"connection": connection.label, "vendor": vendor_label(connection), "count": len(open_ones)}
    if len(open_ones) == 1 and not open_ones[0].left_id and not open_ones[0].right_id:
        return _whole_connection(open_ones[0], names)
    concerned = bool(data.get("concerned"))
    told = label_problems(open_ones[:NAMES], mailed=True)
    items = tuple(_item(problem, told[problem.pk], concerned=concerned) for problem in open_ones[:NAMES])
    if len(open_ones) == 1:
        subject = _subject_of_one(open_ones[0]) % {**names, "person": told[open_ones[0].pk]}
        url = _absolute(reverse("admin:core_problem_change", args=[open_ones[0].pk]))
        label = _("See why, and what to do")
    else:
        subject = _subject_of_many(open_ones) % names
        url = _absolute(f"{reverse('admin:core_problem_changelist')}?connection={connection.pk}")
        label = _("Open the error log")
    return Notice(
        subject=subject,
        sentences=(
            _what_happened(open_ones) % names,
            *_without_address(data),
        ),
        items=items,
        more=len(open_ones) - len(items),
        next_step=_("The error log says why, and lets you try again or dismiss it.")
        if not concerned
        else _("Correct the absence if something is wrong with it; HR sees it in the error log, too."),
        url=url if not concerned else items[0].url,
        url_label=label if not concerned else _("Open the absence"),
    )


def _subject_of_one(problem: Problem) -> str:
    if says_not_done(problem.cause):
        return _("%(connection)s: %(person)s could not be sent")
    return _("%(connection)s: look at %(person)s")


def _subject_of_many(problems: Sequence[Problem]) -> str:
    if all(says_not_done(problem.cause) for problem in problems):
        return _("%(connection)s: %(count)d changes could not be sent")
    return _("%(connection)s: look at %(count)d changes")


def _what_happened(problems: Sequence[Problem]) -> str:
    """Say of no vendor that it holds what it held before, unless that is known of every problem."""
    if all(says_not_done(problem.cause) for problem in problems):
        return ngettext(
            "A change could not be sent to %(vendor)s. What it would have changed stays there as it was, and the"
            " hub keeps what was entered.",
            "Changes could not be sent to %(vendor)s. What they would have changed stays there as it was, and the"
            " hub keeps what was entered.",
            len(problems),
        )
    return ngettext(
        "A change did not go to %(vendor)s just as it stands in the hub, or it is not known whether it did. The hub"
        " keeps what was entered; the error log says what is known of %(vendor)s.",
        "Not all changes went to %(vendor)s just as they stand in the hub, or it is not known whether they did. The hub"
        " keeps what was entered; the error log says what is known of %(vendor)s.",
        len(problems),
    )


def _whole_connection(problem: Problem, names: Mapping[str, Any]) -> Notice:
    """A licence or a right is missing: nobody's change can be sent."""
    return Notice(
        subject=_("%(connection)s: no change can be sent") % names,
        sentences=(_("%(vendor)s refuses all changes at the moment. They wait in the hub; nothing is lost.") % names,),
        next_step=_("The error log says what is missing, and where to get it. What waits is then sent by itself."),
        url=_absolute(reverse("admin:core_problem_change", args=[problem.pk])),
        url_label=_("See why, and what to do"),
    )


def _without_address(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Say who should know of it too, but has no e-mail address (G-09): ``data["without_address"]`` are names."""
    names = data.get("without_address", [])
    if not names:
        return ()
    return (_("Please tell %(names)s as well: the hub has no e-mail address of theirs.") % {"names": ", ".join(names)},)


def _item(problem: Problem, label: str, *, concerned: bool) -> Item:
    actions = {
        Delivery.Action.CREATE.value: _("create"),
        Delivery.Action.UPDATE.value: _("change"),
        Delivery.Action.DELETE.value: _("delete"),
    }
    of_connection = not problem.left_id and not problem.right_id
    what = _("all changes") if of_connection else actions.get(problem.action, problem.action)
    text = f"{label} – {what}"
    absence = pk_of(problem.left_id) if concerned else None
    if absence is not None:
        return Item(text=text, url=_absolute(reverse("admin:absences_absence_change", args=[absence])))
    return Item(text=text, url=_absolute(reverse("admin:core_problem_change", args=[problem.pk])))


# --- The connection ---------------------------------------------------------------------------------------


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
    names = {"vendor": vendor_label(connection), "connection": connection.label, "until": _date(until, connection)}
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
    names = {"vendor": vendor_label(connection), "since": _date(since, connection), "connection": connection.label}
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
        url=_absolute(page) if (page := mass_change_url(connection, mass.pk)) else _of(connection),
        url_label=_("Look at the changes"),
    )


def _overwritten(connection: Connection, data: Mapping[str, Any]) -> Notice:
    """Names and fields; what stood there is told on the person's page, to whoever may read it."""
    changes = list(FieldChange.objects.filter(pk__in=data["changes"]).order_by("pk"))
    people = {each.subject_id: each for each in changes}
    if not people:
        raise Moot(_("Nothing was overwritten."))
    names = {"connection": connection.label, "vendor": vendor_label(connection), "count": len(people)}
    employees = Employee.objects.in_bulk([int(left_id) for left_id in people])
    items = tuple(
        Item(
            text=f"{employees.get(int(left_id), left_id)} – {_fields_lost(connection, changes, left_id)}",
            url=_absolute(reverse("admin:employees_employee_change", args=[left_id])),
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
        sentences=(
            _(
                "These were edited in the hub after somebody had changed them in %(vendor)s, which no synchronisation"
                " had brought to the hub yet. %(vendor)s holds the hub's values now."
            )
            % names,
        ),
        items=items,
        more=len(people) - len(items),
        next_step=_(
            "Look at each person's history in the hub: it says what stood there. If that was right, enter it in the"
            " hub."
        ),
        url=_of(connection),
        url_label=_("Open the connection"),
    )


def _fields_lost(connection: Connection, changes: Sequence[FieldChange], left_id: str) -> str:
    lost = {name for each in changes if each.subject_id == left_id for name in each.before or ()}
    return ", ".join(sorted(field_label(connection, EMPLOYEES, name) for name in lost))


KINDS: Final[Mapping[str, Callable[[Connection, Mapping[str, Any]], Notice]]] = {
    "problems": _problems,
    "authorisation_lost": _authorisation_lost,
    "authorisation_ending": _authorisation_ending,
    "outage": _outage,
    "mass_change": _mass_change,
    "overwritten": _overwritten,
}


def _of(connection: Connection) -> str:
    page = connection_url(connection) or reverse("admin:core_connection_change", args=[connection.pk])
    return _absolute(page)


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _date(moment: datetime, connection: Connection) -> str:
    """Return the moment as it is where the connection's company is."""
    try:
        zone = ZoneInfo(connection.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    return date_format(timezone.localtime(moment, zone), "DATETIME_FORMAT")
