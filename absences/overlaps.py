from django.db.models import Q

from absences.models import Absence
from absences.models.absence import STANDING


def find_overlaps(*, absence: Absence) -> list[Absence]:
    """Return the person's other standing absences that have a day in common with this one; none if it fell."""
    if absence.status not in STANDING:
        return []
    others = Absence.objects.filter(employee=absence.employee_id, status__in=STANDING).exclude(pk=absence.pk)
    others = others.filter(Q(end__isnull=True) | Q(end__gte=absence.start))
    if absence.end is not None:
        others = others.filter(start__lte=absence.end)
    return list(others.select_related("employee", "type").order_by("start", "pk"))
