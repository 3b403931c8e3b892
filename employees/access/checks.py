"""Settings of the sign-in that are told of: what is an error before anything starts stands in ``config.checks``."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

from employees.access import second_factor


def register_all() -> None:
    register(Tags.security, deploy=True)(proxies)
    register(Tags.database)(names_in_the_database)


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

    No errors: a migration may be about to make them. The web server does not start with them.
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
