"""Settings of the sign-in that would protect nothing, or let nobody in: each an error before anything starts."""

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from employees.access import second_factor
from employees.access.provider.client import is_safe

SECONDS: Final = (
    "SESSION_IDLE_SECONDS",
    "SESSION_SECONDS",
    "LOCKOUT_SECONDS",
    "INVITATION_SECONDS",
    "PASSWORD_LINK_SECONDS",
)


def register_all() -> None:
    register(Tags.security)(provider_settings)
    register(Tags.security, deploy=True)(proxies)
    register(Tags.database)(names_in_the_database)


def provider_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.OIDC_ISSUER and not is_safe(settings.OIDC_ISSUER):
        found.append(Error("OIDC_ISSUER must begin with https://.", id="access.E001"))
    if settings.OIDC_ISSUER and not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET):
        found.append(Error("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.", id="access.E002"))
    if not settings.PASSWORD_SIGN_IN and not settings.OIDC_ISSUER:
        found.append(Error("PASSWORD_SIGN_IN=0 without OIDC_ISSUER: nobody could sign in.", id="access.E003"))
    if not settings.PASSWORD_SIGN_IN and not settings.EMERGENCY_USER:
        found.append(
            Error(
                "PASSWORD_SIGN_IN=0 without EMERGENCY_USER: nobody could sign in while the provider is away.",
                id="access.E004",
            )
        )
    if min(getattr(settings, name) for name in SECONDS) <= 0:
        found.append(Error(f"{', '.join(SECONDS[:-1])} and {SECONDS[-1]} must be more than 0.", id="access.E005"))
    return found


def proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.PROXIES:
        return []
    return [
        Warning(
            "PROXIES is not set: every sign-in seems to come from the proxy's address, so that wrong passwords are"
            " counted for all addresses together.",
            hint="PROXIES=1 with one proxy that sets X-Forwarded-For, as docs/operations/nginx.conf does.",
            id="access.W001",
        )
    ]


def names_in_the_database(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Asked with ``check --database default`` and by ``migrate``: whether the roles and the account named exist.

    No errors: a migration may be about to make them.
    """
    if not databases or User._meta.db_table not in _tables():
        return []
    found: list[CheckMessage] = [
        Warning(f"SECOND_FACTOR_ROLES names “{role}”, which is no group and not Operator.", id="access.W002")
        for role in second_factor.unknown_roles()
    ]
    emergency = settings.EMERGENCY_USER
    if emergency and not User.objects.filter(username=emergency, is_active=True).exists():
        found.append(Warning(f"EMERGENCY_USER names “{emergency}”, who is no active user.", id="access.W003"))
    return found


def _tables() -> list[str]:
    return connection.introspection.table_names()
