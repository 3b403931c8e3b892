"""Who takes part in a connection, as queries of the hub's people (G-13)."""

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from employees.models import Employee
from employees.zones import today_of
from integrations.core.models import Connection, Link


def people_in_scope(*, connection: Connection) -> QuerySet[Employee]:
    """Return who takes part, by the rule of ``hub.endpoint``."""
    people = Employee.objects.filter(company=connection.company_id)
    departments, chosen = connection.scope.get("departments", []), connection.scope.get("employees", [])
    return people.filter(Q(department__in=departments) | Q(pk__in=chosen)) if departments or chosen else people


def employed_in_scope(*, connection: Connection) -> QuerySet[Employee]:
    """Return who takes part and has not left, by the date in the connection's zone: whom it may create."""
    today = today_of(connection)
    return people_in_scope(connection=connection).filter(Q(last_workday=None) | Q(last_workday__gte=today))


def missing_people(*, connection: Connection, resource: str) -> QuerySet[Employee]:
    """Return who takes part, has not left, and is linked to nobody at the vendor (G-14)."""
    links = Link.objects.filter(connection=connection, resource=resource)
    holding = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    # Not asked per person: the index of links is one of a part of them, which SQLite does not use for that.
    people = employed_in_scope(connection=connection).annotate(link_id=Cast("pk", CharField()))
    return people.exclude(link_id__in=holding.values("left_id"))
