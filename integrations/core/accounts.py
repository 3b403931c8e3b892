"""Which vendor company a connection is of, once it is authorised: always the same one, and connected once."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.access.companies import sees_company
from integrations.core import telling
from integrations.core.endpoints import Account
from integrations.core.models import Connection, SyncRun
from integrations.core.registry import account_text
from integrations.core.work.ringing import ring_push

State = Connection.State


class AuthorisationFailed(Exception):
    """Connecting did not work; ``message`` says why and what to do next, ``field`` which one of a form is to blame."""

    def __init__(self, message: str, *, field: str = "") -> None:
        # In our own words, which name the companies; what they quote of a vendor is a foreign text already.
        self.message = message
        super().__init__(message)
        self.field = field


def refuse_other_account(connection: Connection, *, account: Account, vendor: str) -> None:
    """A connection's links are to one vendor company's people: another company would mix them up (invariant 10)."""
    if connection.account_id and connection.account_id != account.id:
        raise AuthorisationFailed(
            _(
                "This connection belongs to “%(before)s”, but “%(now)s” was chosen at %(vendor)s. Connect again and"
                " choose “%(before)s”, or make a new connection for “%(now)s”."
            )
            % {"before": connection.account_shown, "now": _shown(connection, account), "vendor": vendor}
        )


def refuse_taken(connection: Connection, *, account: Account, by: User | None = None) -> None:
    """The account and the hub company may each be connected once.

    A connection of a company that ``by`` does not see is not named.
    """
    same = Q(account_id=account.id)
    if connection.company_id is not None:
        same |= Q(company=connection.company_id)
    others = Connection.objects.filter(same, integration=connection.integration, state__in=Connection.CONNECTED)
    other = others.defer("credentials").exclude(pk=connection.pk).first()
    if other is None:
        return
    taken = _shown(connection, account) if other.account_id == account.id else str(connection.company)
    if by is not None and not sees_company(by, other.company_id):
        raise AuthorisationFailed(
            _("“%(taken)s” is already connected, for a company that you do not see. Ask whoever looks after users.")
            % {"taken": taken}
        )
    raise AuthorisationFailed(
        _("“%(taken)s” is already connected, as “%(other)s”. Disconnect that connection first.")
        % {"taken": taken, "other": other.label}
    )


def _shown(connection: Connection, account: Account) -> str:
    return account_text(connection.integration, account.id, account.name)


def notice_name(connection: Connection, *, account: Account) -> bool:
    """Keep the name that the vendor gives its company by now; a changed one is told, once (VP-16)."""
    before, now = connection.account_name, account.name
    if not now or now == before or account.id != connection.account_id:
        return False
    with transaction.atomic():
        # Of several that find out, the one that writes it tells it.
        mine = Connection.objects.filter(pk=connection.pk, account_id=account.id, account_name=before)
        if not mine.update(account_name=now):
            return False
        if before:
            moment = timezone.now().isoformat()
            telling.tell(
                kind=telling.RENAMED, connection_id=connection.pk, moment=moment, data={"before": before, "now": now}
            )
    connection.account_name = now
    return True


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
        refuse_taken(connection, account=account, by=by)
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
