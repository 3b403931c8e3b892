"""Which companies a user sees, and the one way to narrow records of any kind to them (OP-14)."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Model, QuerySet

from employees.access.models import CompanyLimit
from employees.access.protected import RecordsT, may_see_protected, without_protected
from employees.groups import LIMITED_ROLES
from employees.models import Company, Employee

# Kept on the user object, which lives as long as a request, as Django keeps its rights.
KEPT: Final = "_companies_seen"
# Where a record's company stands, by the model's label; an app adds its own models' (`company_of`).
_PATHS: Final[dict[str, str]] = {
    "employees.company": "pk",
    "employees.department": "company",
    "employees.employee": "company",
    "employees.position": "employee__company",
    "employees.bankaccount": "employee__company",
    "employees.compensation": "employee__company",
    "employees.importjob": "company",
    "employees.storedvalue": "company",
}


def company_of(label: str, path: str) -> None:
    """Say where the company of a model's records stands: ``("absences.absence", "employee__company")``."""
    _PATHS[label] = path


def path_of(model: type[Model]) -> str | None:
    """Return where the company of the model's records stands, or None where they are nobody's company's."""
    concrete = model._meta.concrete_model or model
    return _PATHS.get(concrete._meta.label_lower)


def companies_seen(user: Any) -> frozenset[int] | None:
    """Return the primary keys of the companies that the user sees; None: all there are, and will be.

    A user who is nobody, such as an import's whose user was deleted, sees none.
    """
    if user is None:
        return frozenset()
    if not hasattr(user, KEPT):
        setattr(user, KEPT, _find(user))
    seen: frozenset[int] | None = getattr(user, KEPT)
    return seen


def _find(user: Any) -> frozenset[int] | None:
    if user.is_active and user.is_superuser:
        return None
    limit = limit_of(user)
    if limit is not None:
        return frozenset(limit.companies.values_list("pk", flat=True))
    return frozenset() if user.groups.filter(name__in=LIMITED_ROLES).exists() else None


def limit_of(user: Any) -> CompanyLimit | None:
    return CompanyLimit.objects.filter(user=user.pk).first()


def put_limit(user: Any, companies: Iterable[Company] | None) -> None:
    """Let the user see these companies only; None: all of them."""
    if companies is None:
        CompanyLimit.objects.filter(user=user.pk).delete()
    else:
        CompanyLimit.objects.get_or_create(user=user)[0].companies.set(companies)
    user.__dict__.pop(KEPT, None)


def sees_company(user: Any, company_id: int | None) -> bool:
    """Whether the user sees a company's records; those of no company only somebody who sees all."""
    seen = companies_seen(user)
    return seen is None or company_id in seen


def within(records: RecordsT, user: Any, *, to: str | None = None) -> RecordsT:
    """Return the records of companies that the user sees; ``to`` leads to the company where the model does not say."""
    seen = companies_seen(user)
    path = to if to is not None else path_of(records.model)
    if seen is not None and path is not None:
        records = records.filter(**{f"{path}__in": seen})
    return records if to is not None else without_protected(records, user)


def hidden_people(user: Any) -> QuerySet[Employee]:
    """Return whom the user may not see because of a protected identity."""
    protected = Employee.objects.filter(protected_identity=True)
    return protected.none() if may_see_protected(user) else protected.exclude(pk__in=without_protected(protected, user))


def companies_for(user: Any) -> QuerySet[Company]:
    return within(Company.objects.all(), user)
