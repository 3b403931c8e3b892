"""How people get in: a provider that answers, somebody who gets in without it, ends that come, roles that exist."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.contrib.auth.models import Group, User

from config.checks.found import Found
from employees.access import second_factor
from employees.access.provider.answers import is_safe
from employees.groups import BUILT_IN

HOUR: Final = 3600
DAY: Final = 24 * HOUR
# At least and at most, in seconds: below nobody gets through in time, above it protects nothing.
BOUNDS: Final = {
    "SESSION_IDLE_SECONDS": (60, DAY),
    "SESSION_SECONDS": (300, 30 * DAY),
    "LOCKOUT_SECONDS": (60, 7 * DAY),
    "INVITATION_SECONDS": (300, 60 * DAY),
    "PASSWORD_LINK_SECONDS": (60, DAY),
}
MOST_PROXIES: Final = 9
PAIRS: Final = "Write pairs such as pay=Payroll, separated by commas: the provider's group, then the role's name here."


def provider(settings: Any) -> Iterator[Found]:
    if not settings.OIDC_ISSUER:
        return
    if not is_safe(settings.OIDC_ISSUER):
        yield Found("OIDC_ISSUER", "it does not begin with https://.", "Write it as the provider's page says it.")
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        if not getattr(settings, name):
            yield Found(name, "it is empty, and the provider of OIDC_ISSUER asks for it.", "Write what it gave you.")


def ways_in(settings: Any) -> Iterator[Found]:
    if settings.PASSWORD_SIGN_IN:
        return
    if not settings.OIDC_ISSUER:
        text = "it is 0 and there is no OIDC_ISSUER: nobody could sign in."
        yield Found("PASSWORD_SIGN_IN", text, "Write OIDC_ISSUER as well, or leave PASSWORD_SIGN_IN out.")
    if not settings.EMERGENCY_USER:
        text = "it is empty and PASSWORD_SIGN_IN is 0: nobody could sign in while the provider is away."
        yield Found("EMERGENCY_USER", text, "Write the name of one account that keeps its password.")


def ends(settings: Any) -> Iterator[Found]:
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(settings, name) <= most:
            yield Found(name, f"it is not between {least} and {most} seconds.", "Leave it out for what is usual.")


def proxies(settings: Any) -> Iterator[Found]:
    if not 0 <= settings.PROXIES <= MOST_PROXIES:
        yield Found("PROXIES", f"it is not between 0 and {MOST_PROXIES}.", "Write how many proxies stand in front.")


def pairs(settings: Any) -> Iterator[Found]:
    if any(not (group and role) for group, role in settings.OIDC_ROLES):
        yield Found("OIDC_ROLES", "one entry is no pair of a group and a role.", PAIRS)


def names(settings: Any) -> Iterator[Found]:
    """Ask the database for the names that are not built in; raises DatabaseError where that cannot be asked."""
    groups = {name.casefold() for name in (*BUILT_IN, *Group.objects.values_list("name", flat=True))}
    roles = "Write the name of a role as on the page Groups, such as HR admin."
    if _unknown(settings.SECOND_FACTOR_ROLES, groups | {second_factor.OPERATOR}):
        text = "one entry is no role, so that nobody of it is asked for a second factor."
        yield Found("SECOND_FACTOR_ROLES", text, roles)
    if _unknown((role for _group, role in settings.OIDC_ROLES if role), groups):
        yield Found("OIDC_ROLES", "one entry leads to a role that there is not.", PAIRS)
    emergency = settings.EMERGENCY_USER
    if emergency and not User.objects.filter(username=emergency, is_active=True).exists():
        text = "no active user has this name, so that nobody could sign in while the provider is away."
        yield Found("EMERGENCY_USER", text, "Write the name to sign in of an account, as on the page Users.")


def _unknown(written: Iterable[str], known: set[str]) -> bool:
    return any(name.casefold() not in known for name in written)


RULES: Final = (ends, proxies)
RULES_EVERYWHERE: Final = (provider, ways_in, pairs)
