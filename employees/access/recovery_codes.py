"""Recovery codes: shown once, kept as keyed hashes, each good once."""

import secrets
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from employees.access import mails
from employees.access.models import AccessEvent, RecoveryCode

MANY: Final = 10
# Sixty bits each, without signs that look alike.
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 3, 4
SALT: Final = "employees.access.recovery_code"


def renew(user: User) -> list[str]:
    """Replace the user's codes; the plain ones are returned, and nowhere else."""
    codes = [_new_code() for _number in range(MANY)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_mark=_mark(user, code)) for code in codes)
    return codes


def renew_by_user(user: User) -> list[str]:
    codes = renew(user)
    AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.CODES_RENEWED, by=user)
    mails.codes_renewed(user)
    return codes


def use(user: User, typed: str) -> bool:
    """Use a code up; False for one that is not the user's, or was used."""
    marks = [_mark(user, typed, key=key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    used = RecoveryCode.objects.filter(user=user, code_mark__in=marks, used_at__isnull=True)
    if used.update(used_at=timezone.now()) != 1:
        return False
    AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.CODE_USED, by=user)
    mails.code_used(user, left=left(user))
    return True


def left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def _new_code() -> str:
    signs = ["".join(secrets.choice(ALPHABET) for _sign in range(GROUP_LENGTH)) for _group in range(GROUPS)]
    return "-".join(signs)


def _mark(user: User, code: str, *, key: str | bytes = "") -> str:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return salted_hmac(SALT, f"{user.pk}:{plain}", secret=key or None, algorithm="sha256").hexdigest()
