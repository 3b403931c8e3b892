"""What a change of the connection's absence settings sets going (FX-03, FX-18, FX-19)."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models.signals import post_save
from django.utils import timezone

from absences.tracking import AbsenceReach
from integrations.core.hub.absences import RESOURCE, left_id_of, mark_left_ids, reach_of
from integrations.core.hub.by_settings import let_go_by_settings
from integrations.core.hub.mass_changes import reached
from integrations.core.marks import held_whole, mark
from integrations.core.models import Connection, Link, Mark
from integrations.fortnox.apps import FortnoxConfig
from integrations.fortnox.models import AbsenceSwitch, FortnoxConnection

SETTINGS: Final = ("create_absences", "payroll_closed_to", "send_days_without_hours", "hold_without_hours")


def connect() -> None:
    for sender in (Connection, FortnoxConnection):
        post_save.connect(_saved, sender=sender, dispatch_uid=f"absence switch {sender.__name__}")


def _saved(sender: type[Connection], instance: Connection, **kwargs: Any) -> None:
    if instance.integration == FortnoxConfig.manifest.name:
        follow_settings(instance)


def follow_settings(connection: Connection) -> AbsenceSwitch:
    """Note since when absences are created, and plan those in Fortnox anew where the settings have changed."""
    now = {name: connection.settings.get(name) for name in SETTINGS}
    with transaction.atomic():
        switch, _made = AbsenceSwitch.objects.select_for_update().get_or_create(connection_id=connection.pk)
        if switch.planned_with == now:
            return switch
        switch.planned_with = now
        if not now["create_absences"]:
            switch.on_since = None
        elif switch.on_since is None:
            switch.on_since = timezone.now()
        switch.save()
        if switch.on_since is not None:
            linked = Link.objects.filter(connection_id=connection.pk, resource=RESOURCE, state=Link.State.ACTIVE)
            left_ids = list(linked.order_by("pk").values_list("left_id", flat=True))
            _plan_anew(connection, left_ids)
    return switch


def _plan_anew(connection: Connection, left_ids: Sequence[str]) -> None:
    """Mark what stands in Fortnox: only what the settings let go by now is one change of many.

    What waits with a mass change goes on waiting there, and is asked about once. Everything else is looked at in vain,
    and is not to wait with the others when somebody decides on it later.
    """
    waiting = held_whole(connection_id=connection.pk, resource=RESOURCE)
    free = [left_id for left_id in left_ids if left_id not in waiting]
    going = reached(connection=connection, resource=RESOURCE, reach=reach_of(connection, free)).sent
    sent = {left_id_of(each.pk) for each in going if each.pk is not None}
    with let_go_by_settings(connection, lambda: AbsenceReach(changed={}, absences=going)):
        mark_left_ids(connection, [left_id for left_id in free if left_id in sent], bulk=True)
    mark_left_ids(connection, [left_id for left_id in free if left_id not in sent], bulk=True)
    held = [left_id for left_id in left_ids if left_id in waiting]
    mark(connection_id=connection.pk, resource=RESOURCE, left_ids=held, priority=Mark.Priority.BULK)
