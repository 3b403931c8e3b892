"""Comparing on demand what Fortnox holds of absences with what the hub last knew of it."""

from django.db import transaction

from integrations.core.hub.absences import RESOURCE
from integrations.core.marks import want
from integrations.core.models import Connection, Link
from integrations.fortnox.absence_telling import CHECK, SHOW


def compare_absences(connection: Connection) -> int:
    """Have the rows of all linked absences listed, one listing per person; returns how many absences that are.

    What was edited at Fortnox is then shown with the absence; what a changed mapping disconnected is connected again
    where its rows have the new cause (FX-13).
    """
    links = Link.objects.filter(
        connection=connection,
        resource=RESOURCE,
        state__in=(Link.State.ACTIVE, Link.State.DISCONNECTED),
        children__state=Link.State.ACTIVE,
    )
    left_ids = sorted(set(links.values_list("left_id", flat=True)))
    if left_ids:
        with transaction.atomic():
            wanted = {left_id: [{CHECK: SHOW}] for left_id in left_ids}
            want(connection_id=connection.pk, resource=RESOURCE, wanted=wanted)
    return len(left_ids)
