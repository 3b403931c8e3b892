"""What follows from another password, whoever has set it: kept, told to the user, and other sign-ins end."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.access import code_pauses, mails, operators, sign_ins
from employees.access.addresses import client_address
from employees.access.models import AccessEvent
from employees.users import user_name

Kind = AccessEvent.Kind


def changed_by_user(request: HttpRequest, user: User) -> None:
    """The user has proven it, and stays signed in here."""
    _keep(AccessEvent(user=user, kind=Kind.PASSWORD_CHANGED, by=user), but=request.session.get(sign_ins.IN_SESSION, 0))
    mails.password_changed(user, at=timezone.now(), address=client_address(request))


def set_with_link(request: HttpRequest, user: User) -> None:
    _keep(AccessEvent(user=user, kind=Kind.PASSWORD_SET, by=user))
    mails.password_set(user, at=timezone.now(), address=client_address(request))


def set_by_other(user: User, *, request: HttpRequest | None, by: User | None, operator: str = "") -> None:
    """Set or taken away by a superuser, or without a request at the command line."""
    _keep(AccessEvent(user=user, kind=Kind.PASSWORD_SET_FOR, by=by, operator=operator))
    address = client_address(request) if request else None
    mails.password_set_by(user, at=timezone.now(), address=address, by=by, operator=operator)
    what = _("The password of %(name)s was set or removed.") % {"name": user_name(user)}
    operators.tell_others(user, what, by=by, operator=operator)


def _keep(event: AccessEvent, *, but: int = 0) -> None:
    """Whoever knew the former password alone can try no more codes, so that nobody has to wait for it."""
    sign_ins.end_all(event.user, but=but)
    code_pauses.lift([event.user.pk])
    event.save()
