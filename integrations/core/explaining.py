"""What a problem means and what to do about it: ours beside the vendor's own message (G-09)."""

from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from integrations.core.errors import Forbidden
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.models import Connection, Problem
from integrations.core.problems import (
    ADDRESS_TAKEN,
    CANNOT_BE_READ,
    CANNOT_CREATE,
    CREATED_APART,
    EXISTS,
    FIELD,
    GIVEN_UP,
    GONE,
    JOB_LATE,
    LIST_UNSOUND,
    NOT_KEPT,
    REMAINS,
    SAME_ID,
    WARNED,
    parts_of,
)
from integrations.core.registry import FORBIDDEN, Connector, Explanation, connector_class, manifests


class Reader:
    """Explains the problems of a page: each integration is asked through one connector."""

    def __init__(self) -> None:
        self._connectors: dict[int, Connector | None] = {}

    def explain(self, problem: Problem) -> Explanation:
        """Return the title for a group of the same cause, why it happened, and the next step."""
        connector = self.connector(problem.connection)
        vendor = vendor_label(problem.connection)
        if problem.cause.startswith(FIELD):
            name = problem.cause.removeprefix(FIELD)
            of_field = _of_conflict if "over" in problem.wanted else _of_field
            return of_field(_label(connector, problem.resource, name), vendor)
        if problem.cause.startswith(REMAINS):
            name = problem.cause.removeprefix(REMAINS)
            return _remains(_label(connector, problem.resource, name), vendor)
        if problem.cause.startswith(NOT_KEPT):
            return self._not_kept(connector, problem, vendor)
        own = OWN.get(problem.cause)
        if own:
            return _about(own(), vendor)
        kind, code, name = parts_of(problem.cause)
        # The code of a right that one record lacks says what the whole connection's would.
        code = FORBIDDEN if kind == Forbidden.__name__ else code
        said = connector.explain(code, problem.message.verbatim) if connector else None
        of_kind = _of_absence(kind) if problem.resource == ABSENCES else _of_kind(kind)
        found = said or _about(of_kind, vendor)
        if name and found.title_of_field:
            label = _label(connector, problem.resource, name)
            return found._replace(title=found.title_of_field % {"field": label})
        return found

    def _not_kept(self, connector: Connector | None, problem: Problem, vendor: str) -> Explanation:
        if problem.resource == ABSENCES:
            return _about(_absence_not_kept(), vendor)
        return _not_kept(_label(connector, problem.resource, problem.cause.removeprefix(NOT_KEPT)), vendor)

    def connector(self, connection: Connection) -> Connector | None:
        if connection.pk not in self._connectors:
            try:
                found = connector_class(connection.integration)(options=connection.settings)
                found.resources()
            except (KeyError, ValidationError):
                found = None
            self._connectors[connection.pk] = found
        return self._connectors[connection.pk]


def _about(parts: tuple[str, ...], vendor: str) -> Explanation:
    # The field's label is put in later, by whoever knows it.
    return Explanation(*(part % {"vendor": vendor, "field": "%(field)s"} for part in parts))


def _label(connector: Connector | None, resource: str, name: str) -> str:
    declared = (each for each in (connector.resources() if connector else ()) if each.name == resource)
    labels = {field.name: field.label for each in declared for field in each.fields}
    return str(labels.get(name, name.replace("_", " ")))


def field_label(connection: Connection, resource: str, name: str) -> str:
    """Return what a declared field is called; its name in words where that is not known any more."""
    return _label(Reader().connector(connection), resource, name)


def vendor_label(connection: Connection) -> str:
    manifest = manifests().get(connection.integration)
    return manifest.label if manifest else connection.integration


def _of_field(label: str, vendor: str) -> Explanation:
    return Explanation(
        _("%(field)s cannot be sent") % {"field": label},
        _("%(vendor)s would not take this value, so it was kept back. Everything else of the person was sent.")
        % {"vendor": vendor},
        _(
            "Do what the message says; mostly, correct the value on the person's page. It is then sent by itself, and"
            " this problem is solved."
        ),
    )


def _of_conflict(label: str, vendor: str) -> Explanation:
    return Explanation(
        _("%(field)s was changed in both systems") % {"field": label},
        _(
            "It was edited in the hub, and in %(vendor)s as well since both agreed. Such a value is not written over"
            " before somebody has seen both. Everything else of the person was sent."
        )
        % {"vendor": vendor},
        _(
            "If the hub's value is right, try again: it is sent, unless %(vendor)s holds yet another one by then."
            " Otherwise synchronise users, and decide for %(vendor)s there."
        )
        % {"vendor": vendor},
    )


def _absence_not_kept() -> tuple[str, ...]:
    return (
        _("Absence not kept by %(vendor)s as it was sent"),
        _(
            "%(vendor)s answered that a day of it was written, and holds another extent or type. What the same change"
            " had written was taken back, unless the message says otherwise."
        ),
        _("Look at these days in %(vendor)s, then try again. If it comes back, enter the absence there by hand."),
    )


def _remains(label: str, vendor: str) -> Explanation:
    return Explanation(
        _("%(field)s: something stays in %(vendor)s") % {"field": label, "vendor": vendor},
        _("The value was sent. Beside it %(vendor)s holds a text that the hub neither reads nor writes.")
        % {"vendor": vendor},
        _("Look at the person in %(vendor)s, and empty the text there if it is not wanted. Then dismiss this.")
        % {"vendor": vendor},
    )


def _not_kept(label: str, vendor: str) -> Explanation:
    return Explanation(
        _("%(field)s: not kept by %(vendor)s as it was sent") % {"field": label, "vendor": vendor},
        _(
            "%(vendor)s answered that it was done, and holds something else than was sent: it kept the old value, cut"
            " what was sent, or changed it. The two sides differ, and it is not sent again by itself."
        )
        % {"vendor": vendor},
        _(
            "Look at the person in %(vendor)s, where the value can mostly be entered by hand. Then press “Synchronise"
            " users”: both values are shown there. If %(vendor)s should be asked once more, try again here."
        )
        % {"vendor": vendor},
    )


def _gone() -> tuple[str, str, str]:
    return (
        _("Gone from %(vendor)s"),
        _("%(vendor)s does not have this person any more. Nothing was deleted in the hub."),
        _("Open the person's page: disconnect the person, or let %(vendor)s create the person anew."),
    )


def _exists() -> tuple[str, str, str]:
    return (
        _("May be there already"),
        _("Somebody at %(vendor)s may be the same person, so nobody was created twice."),
        _("Press “Synchronise users” and say there who is whom. If they are two people, correct what they share."),
    )


def _created_apart() -> tuple[str, str, str]:
    return (
        _("Created, and linked to nobody"),
        _("%(vendor)s created the person; meanwhile one of the two was linked to somebody else by hand."),
        _("Press “Synchronise users” and look who is linked to whom. Remove the one too many at %(vendor)s."),
    )


def _given_up() -> tuple[str, str, str]:
    return (
        _("Tried many times"),
        _("It was tried again and again without %(vendor)s saying what is wrong; everybody else's changes went."),
        _("Try again. If it comes back, tell the operator: the log of the background service says more."),
    )


def _cannot_create() -> tuple[str, str, str]:
    return (
        _("Something is missing to create the person"),
        _("%(vendor)s needs more to create a person than the hub knows."),
        _("Fill in what is missing on the person's page. The person is then created by itself."),
    )


def _same_id() -> tuple[str, str, str]:
    return (
        _("One national ID, two people"),
        _("Somebody else in the hub has the same national ID, so the person was not created at %(vendor)s."),
        _(
            "If one of the two has a wrong number, correct it. If they are one person, keep only one of them in the"
            " hub. If they are two people, press “Synchronise users” and say there that it is somebody else."
        ),
    )


def _address_taken() -> tuple[str, str, str]:
    return (
        _("The e-mail address still belongs to somebody who has left"),
        _("%(vendor)s tells people apart by it, so nobody gets it before it is emptied on the record of who has left."),
        _("Do what the message says, then try again. Once the address is free there, it goes by itself."),
    )


def _job_late() -> tuple[str, str, str]:
    return (
        _("%(vendor)s has not finished it"),
        _(
            "%(vendor)s took the change in and has not said since whether it was done. It is asked on, every ten"
            " minutes, and nothing is sent a second time until that is known."
        ),
        _("Nothing for now. If it stays for hours, look at the person at %(vendor)s and ask their support."),
    )


def _list_unsound() -> tuple[str, str, str]:
    return (
        _("%(vendor)s's list of people is not whole"),
        _(
            "%(vendor)s lists more or fewer people than it says that there are, so nobody can tell whether this person"
            " is there already. Nobody is created on a guess; everybody else's changes go."
        ),
        _("Nothing for now: the list is read again every ten minutes. If it stays for hours, ask their support."),
    )


def _warned() -> tuple[str, str, str]:
    return (
        _("Done, with a remark"),
        _("%(vendor)s has done what it was sent, and had something to say about it: its own words stand beside this."),
        _("Look whether something is to be done there or on the person's page. Then dismiss this problem."),
    )


def _cannot_be_read() -> tuple[str, str, str]:
    return (
        _("A record at %(vendor)s cannot be read"),
        _(
            "Something that %(vendor)s holds of the person is not as it should be, as the message says. So nothing of"
            " this person is taken over or sent; everybody else's changes go."
        ),
        _("Correct at %(vendor)s what the message names. Then press “Try again”, or “Synchronise users”."),
    )


OWN: Final = {
    CANNOT_BE_READ: _cannot_be_read,
    GONE: _gone,
    EXISTS: _exists,
    CREATED_APART: _created_apart,
    GIVEN_UP: _given_up,
    CANNOT_CREATE: _cannot_create,
    SAME_ID: _same_id,
    ADDRESS_TAKEN: _address_taken,
    JOB_LATE: _job_late,
    LIST_UNSOUND: _list_unsound,
    WARNED: _warned,
}


def _of_absence(kind: str) -> tuple[str, ...]:
    if kind in ("Refused", "NotFound"):
        return (
            _("Absence refused by %(vendor)s"),
            _(
                "%(vendor)s refused a day of it: its own message says why. What the same change had written was taken"
                " back, unless the message says otherwise."
            ),
            _("Correct the absence; it is then sent by itself. If it is right, try again."),
        )
    return _of_kind(kind)


def _of_kind(kind: str) -> tuple[str, ...]:
    kinds = {
        "LicenceMissing": (
            _("A licence is missing"),
            _("The company has no licence at %(vendor)s for what was sent. All changes wait; nothing is lost."),
            _("Order the licence at %(vendor)s. What waits is then sent by itself."),
        ),
        "RightMissing": (
            _("A right is missing"),
            _("Whoever connected %(vendor)s may not do this there. All changes wait; nothing is lost."),
            _("Have the right given at %(vendor)s, or let somebody who has it connect again."),
        ),
        "Forbidden": (
            _("No right to this record"),
            _("%(vendor)s refused this one alone: whoever connected it may not see or change it there."),
            _("Have the right given at %(vendor)s, then press “Try again”. Everybody else's changes go on."),
        ),
        "NotFound": _gone(),
        "OutcomeUnknown": (
            _("No answer that says what was done"),
            _("%(vendor)s never said whether it did what it was sent, and does not show it."),
            _("Look at the person at %(vendor)s, then try again: what is there already is not written twice."),
        ),
        "Forgotten": (
            _("%(vendor)s does not say what became of it"),
            _(
                "%(vendor)s took the change in, and since then neither its own list nor the person shows what became of"
                " it. So nothing is sent a second time by itself."
            ),
            _("Look at the person at %(vendor)s. If it was not done there, try again: it is then sent once more."),
        ),
        "AnotherRecord": (
            _("%(vendor)s answered with somebody else"),
            _("Asked for this person, %(vendor)s answered with another one's record. Nothing was done with it."),
            _("Try again later. If it comes back, tell the operator, and have the people's numbers looked at there."),
        ),
        "AboutAnother": (
            _("The answer was about somebody else"),
            _("%(vendor)s answered with another person's record, and does not show that it did what it was sent."),
            _("Look at the person at %(vendor)s, then try again: what is there already is not written twice."),
        ),
        "TemporarilyUnavailable": (
            _("%(vendor)s was out of order for long"),
            _("It was tried again many times without an answer."),
            _("Try again. What has been sent meanwhile is not sent twice."),
        ),
    }
    return kinds.get(
        kind,
        (
            _("Refused by %(vendor)s"),
            _("%(vendor)s refused it: its own message says why. It holds what it held before."),
            _("Correct the value on the person's page; it is then sent by itself. If the value is right, try again."),
            _("%(field)s: refused by %(vendor)s"),
        ),
    )
