"""Which vendor company a connection is of, once it is authorised: always the same one, and connected once."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from integrations.core.endpoints import Account
from integrations.core.models import Connection, SyncRun
from integrations.core.models.connections import account_label
from integrations.core.work.ringing import ring_push

State = Connection.State


class AuthorisationFailed(Exception):
    """Connecting did not work; ``message`` says why and what to do next, ``field`` which one of a form is to blame."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def refuse_other_account(connection: Connection, *, account: Account, vendor: str) -> None:
    """A connection's links are to one vendor company's people: another company would mix them up (invariant 10)."""
    if connection.account_id and connection.account_id != account.id:
        raise AuthorisationFailed(
            _(
                "This connection belongs to “%(before)s”, but “%(now)s” was chosen at %(vendor)s. Connect again and"
                " choose “%(before)s”, or make a new connection for “%(now)s”."
            )
            % {"before": connection.account, "now": account_label(account.name, account.id), "vendor": vendor}
        )


def refuse_taken(connection: Connection, *, account: Account) -> None:
    """The account and the hub company may each be connected once."""
    same = Q(account_id=account.id)
    if connection.company_id is not None:
        same |= Q(company=connection.company_id)
    others = Connection.objects.filter(same, integration=connection.integration, state__in=Connection.CONNECTED)
    other = others.defer("credentials").exclude(pk=connection.pk).first()
    if other is None:
        return
    taken = account_label(account.name, account.id) if other.account_id == account.id else str(connection.company)
    raise AuthorisationFailed(
        _("“%(taken)s” is already connected, as “%(other)s”. Disconnect that connection first.")
        % {"taken": taken, "other": other.label}
    )


def store(
    connection: Connection, *, account: Account, credentials: str, authorised_until: object, by: User | None
) -> None:
    values: dict[str, object] = {
        "state": state_once_connected(connection),
        "account_id": account.id,
        "account_name": account.name,
        "credentials": credentials,
        "authorised_until": authorised_until,
        "error": "",
        # It has just answered.
        "failures": 0,
        "failing_since": None,
    }
    if not connection.recipients and by and by.email:
        values["recipients"] = [by.email]
    if connection.company is not None:
        values["time_zone"] = connection.company.time_zone
    try:
        with transaction.atomic():
            changed = Connection.objects.filter(pk=connection.pk, state=connection.state).update(**values)
            if changed and values["state"] == State.ACTIVE:
                # What was edited meanwhile goes now.
                ring_push(connection.pk)
    except IntegrityError as error:
        # Somebody else connected it between our look and our write.
        refuse_taken(connection, account=account)
        raise AuthorisationFailed(_("It was connected elsewhere at the same time. Try again.")) from error
    if not changed:
        raise AuthorisationFailed(_("The connection was changed at the same time. Connect again."))


def state_once_connected(connection: Connection) -> str:
    """Return how the connection stands once somebody has connected it again: it takes up where it stopped.

    Somebody who disconnected it may since have changed anything on both sides, so that a synchronisation is to be
    confirmed first: nothing is written over what nobody has seen.
    """
    if connection.state in {State.DRAFT, State.DISCONNECTED}:
        return State.AUTHORISED
    if connection.state in Connection.WORKING:
        return connection.state
    runs = connection.runs.filter(pk__gt=connection.disconnected_after)
    if runs.filter(approved_at__isnull=False, state__in=SyncRun.COMPLETED).exists():
        return State.ACTIVE
    begun = runs.filter(state__in=(SyncRun.State.REVIEW, *SyncRun.APPLY_WAITS)).exists()
    return State.REVIEWING if begun else State.AUTHORISED
