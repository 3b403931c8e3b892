"""What a connection's settings let go at once is a change of many, like any other (G-17)."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from employees.tracking import Operation, Reach, current_operation, operating
from employees.zones import today_of
from integrations.core.hub.acting import current_actor
from integrations.core.models import Connection

# How the keys of these operations begin. Each is one transaction: at its end it is known what they hold.
BY_SETTINGS: Final = "settings:"


def let_go_by_settings(connection: Connection, reach: Callable[[], Reach]) -> AbstractContextManager[None]:
    """Return the context in which marks are raised: inside another operation they are a part of that one."""
    return nullcontext() if current_operation() else operating(settings_operation(connection, reach))


def settings_operation(connection: Connection, reach: Callable[[], Reach]) -> Operation:
    return Operation(
        key=f"{BY_SETTINGS}{uuid.uuid4().hex}",
        label=_("Settings of %(connection)s, %(day)s")
        % {"connection": connection.label, "day": date_format(today_of(connection))},
        user_id=current_actor().user_id,
        reach=reach,
    )
