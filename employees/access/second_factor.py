"""The second factor: who needs one, how it is set up, proven, and taken away (TOTP by django-otp)."""

import base64
from datetime import datetime, timedelta
from typing import Any, Final

import segno
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from employees.access import code_pauses, mails, operators, recovery_codes, sign_ins
from employees.access.models import AccessEvent, RecoveryCode
from employees.users import user_name

# The role of whoever may do everything, which is no group.
OPERATOR: Final = "operator"
Kind = AccessEvent.Kind


def is_required_of(user: User) -> bool:
    """Whether one of the user's roles demands it (``SECOND_FACTOR_ROLES``)."""
    roles = {role.casefold() for role in settings.SECOND_FACTOR_ROLES}
    if not roles:
        return False
    if user.is_superuser and OPERATOR in roles:
        return True
    return any(name.casefold() in roles for name in user.groups.values_list("name", flat=True))


def device_of(user: User) -> TOTPDevice | None:
    return _devices_of(user).first()


def _devices_of(user: User) -> "QuerySet[TOTPDevice]":
    found: QuerySet[TOTPDevice] = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk")
    return found


def is_needed(user: User) -> bool:
    """Whether a password alone does not let the user in: a role demands more, or the user has chosen it."""
    return device_of(user) is not None or is_required_of(user)


def is_fully_signed_in(request: HttpRequest) -> bool:
    """Whether the request's user has proven everything that is asked of that user."""
    user: Any = request.user
    if isinstance(user, AnonymousUser) or not user.is_authenticated:
        return False
    # The middleware has asked already, with its one query.
    if getattr(request, "fully_signed_in_as", None) == user.pk:
        return True
    return getattr(user, "otp_device", None) is not None or not is_needed(user)


def verify(request: HttpRequest, user: User, code: str) -> TOTPDevice | None:
    """Return the device that made the code; each code is good once. Raises ``code_pauses.Paused``.

    The device is locked, so that of many codes at once none slips past the pause.
    """
    with transaction.atomic():
        device = _devices_of(user).select_for_update().first()
        if device is None:
            return None
        code_pauses.check(request, device)
        return device if device.verify_token(typed_digits(code)) else None


def typed_digits(code: str) -> str:
    return "".join(code.split())


def new_key() -> str:
    return str(random_hex(20))


def key_in_text(key: str) -> str:
    """Return the key as it is typed into an app, in groups of four."""
    plain = base64.b32encode(bytes.fromhex(key)).decode().rstrip("=")
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def picture_of(user: User, key: str) -> str:
    """Return the QR code as SVG to stand in the page: the key goes to no other address."""
    url = TOTPDevice(user=user, key=key).config_url
    return str(segno.make(url, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff"))


def set_up(user: User, *, key: str, code: str) -> list[str] | None:
    """Make the key the user's second factor, proven by a code of it; return the new recovery codes.

    None for a code that is not the key's. Replaces what the user had, and ends the user's other sign-ins.
    """
    generator = TOTP(bytes.fromhex(key))
    digits = typed_digits(code)
    if not digits.isdecimal() or not generator.verify(int(digits), tolerance=1):
        return None
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        TOTPDevice.objects.filter(user=user).delete()
        # The code that proved the key is used up with it.
        TOTPDevice.objects.create(user=user, name="App", key=key, last_t=generator.t(), drift=generator.drift)
        codes = recovery_codes.renew(user)
        AccessEvent.objects.create(user=user, kind=Kind.SECOND_FACTOR_SET_UP, by=user)
    mails.second_factor_set_up(user)
    return codes


def turn_off(user: User) -> None:
    """Take away what the user chose; whose role demands one is asked to set up another at the next sign-in."""
    _take_away(user)
    AccessEvent.objects.create(user=user, kind=Kind.SECOND_FACTOR_OFF, by=user)
    mails.second_factor_off(user)


def reset(user: User, *, by: User | None, operator: str = "") -> None:
    """Take a lost second factor away for somebody, end all sign-ins, and tell the user by e-mail."""
    with transaction.atomic():
        _take_away(user)
        AccessEvent.objects.create(user=user, kind=Kind.SECOND_FACTOR_RESET, by=by, operator=operator)
        sign_ins.end_all(user)
    mails.second_factor_reset(user, by=by, operator=operator)
    what = _("The second factor of %(name)s was reset.") % {"name": user_name(user)}
    operators.tell_others(user, what, by=by, operator=operator)


def _take_away(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def unknown_roles() -> list[str]:
    """Return the roles of the setting that no group has: they protect nothing."""
    known = {name.casefold() for name in Group.objects.values_list("name", flat=True)} | {OPERATOR}
    return [role for role in settings.SECOND_FACTOR_ROLES if role.casefold() not in known]


def seconds_until(moment: datetime) -> int:
    return max(1, round((moment - timezone.now()) / timedelta(seconds=1)))
