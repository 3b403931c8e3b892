"""Every page on which anybody changes a record: saved as it was opened it changes nothing, opened before it is refused.

The admins come from the site's registry: a new one without records here fails.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from absences.models import Absence, AbsenceType
from employees.access.companies import put_limit
from employees.access.models import EmployeeLink, ProviderLink
from employees.admin.deletion import DeletionAdmin
from employees.admin.versions import VersionedForm
from employees.groups import BUILT_IN, LIMITED_ROLES
from employees.models import BankAccount, Company, Compensation, Department, Employee
from employees.models.versions import VersionedModel
from integrations.core.admin.queue import OperatorsOnly
from integrations.core.admin.wizard.section import Section
from integrations.core.models import FieldChange
from tests.factories import (
    AbsenceFactory,
    AbsenceTypeFactory,
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)
from tests.pages import buttons_of, press

pytestmark = pytest.mark.django_db
OUR_APPS: Final = ("employees", "absences", "core", "fortnox", "visma_payroll", "auth")
# An operator's look into the queue, and a vendor's section, whose pages are its own.
WITHOUT_A_FORM: Final = (OperatorsOnly, Section)
# What a save may touch though nothing changed.
OF_A_SAVE: Final = frozenset({"version", "updated_at", "last_login"})
USERS: Final = (*BUILT_IN, "HR admin without sensitive", "superuser")


# --- One record, or several that differ in what their pages show, of every model that has a page to change it ---


def bare_person() -> Employee:
    return EmployeeFactory.create()


def person_with_everything() -> Employee:
    manager = EmployeeFactory.create()
    company = manager.company
    department = DepartmentFactory.create(company=company)
    employee = EmployeeFactory.create(
        company=company,
        manager=manager,
        department=department,
        employment_id="HR-1",
        street2="c/o Ek",
        protected_identity=True,
        last_workday=date(2021, 12, 31),
    )
    BankAccountFactory.create(employee=employee)
    PositionFactory.create(employee=employee, department=department, end=date(2021, 1, 1), end_reason="Promoted")
    PositionFactory.create(employee=employee, employment_type="seasonal", start=date(2021, 1, 2))
    CompensationFactory.create(employee=employee, amount="1234567.50")
    CompensationFactory.create(employee=employee, type="bonus", effective_date=date(2025, 1, 1))
    return employee


def account_abroad() -> BankAccount:
    iban = "NO9386011117947"
    return BankAccountFactory.create(country="NO", clearing_number="", account_number="", iban=iban)


def absence(**values: Any) -> Callable[[], Absence]:
    return lambda: AbsenceFactory.create(employee=_of_the_manager(), **values)


def absence_of_a_type_no_longer_used() -> Absence:
    return AbsenceFactory.create(employee=_of_the_manager(), type__active=False)


def _of_the_manager() -> Employee:
    """Somebody whose absences the user of every role may see."""
    manager = EmployeeFactory.create()
    EmployeeLink.objects.create(user=User.objects.get(username="user"), employee=manager)
    return EmployeeFactory.create(company=manager.company, manager=manager)


RECORDS: Final[dict[type[Model], tuple[Callable[[], Any], ...]]] = {
    Company: (CompanyFactory.create,),
    Department: (DepartmentFactory.create,),
    Employee: (bare_person, person_with_everything),
    BankAccount: (BankAccountFactory.create, account_abroad),
    Compensation: (CompensationFactory.create,),
    AbsenceType: (AbsenceTypeFactory.create, lambda: AbsenceTypeFactory.create(active=False, needs_approval=False)),
    Absence: (
        absence(),
        absence(status="approved", end=None, grade=50, note="Two\nlines & <more>"),
        absence(status="declined"),
        absence_of_a_type_no_longer_used,
    ),
    User: (lambda: User.objects.create_user("somebody", "somebody@example.se", "a-long-password", is_staff=True),),
    ProviderLink: (
        lambda: ProviderLink.objects.create(
            user=User.objects.get(username="user"), issuer="https://id.example", subject="1"
        ),
    ),
    Group: (lambda: Group.objects.get(name="Payroll"), lambda: Group.objects.create(name="Our own")),
}


# A record with a version changes by being saved; what somebody else does to those without one.
CHANGES: Final[dict[type[Model], Callable[[Any], Any]]] = {
    Company: lambda company: Company.objects.filter(pk=company.pk).update(time_zone="Europe/Helsinki"),
    Department: lambda department: Department.objects.filter(pk=department.pk).update(name="Changed meanwhile"),
    User: lambda user: user.groups.add(Group.objects.get(name="Payroll")),
    ProviderLink: lambda link: ProviderLink.objects.filter(pk=link.pk).update(subject="2"),
    Group: lambda group: group.permissions.add(Permission.objects.get(codename="view_company")),
}


# --- Who, and what the page is like for them -----------------------------------------------------------------


def make_user(kind: str) -> User:
    user = User.objects.create_user("user", "user@example.se", is_staff=True, is_superuser=kind == "superuser")
    group, _with, hidden = kind.partition(" without ")
    if hidden:
        rights = Permission.objects.filter(group__name=group).exclude(codename=f"view_{hidden}")
        user.user_permissions.set(rights)
    user.groups.set(Group.objects.filter(name=kind))
    if kind in LIMITED_ROLES:
        put_limit(user, Company.objects.all())
    return User.objects.get(pk=user.pk)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(record: Model) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def may_change(user: User, record: Model) -> bool:
    request = RequestFactory().get("/")
    request.user = user
    model_admin = admin.site._registry[type(record)]
    shown = model_admin.get_queryset(request).filter(pk=record.pk).exists()
    return shown and bool(model_admin.has_change_permission(request, record))


def form_class(user: User, record: Model) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return admin.site._registry[type(record)].get_form(request, record, change=True)


def everything_stored() -> dict[tuple[str, Any], dict[str, Any]]:
    """Return every value of our tables, by table and key, without what each save touches."""
    return {
        (model._meta.label, row["pk"]): {name: value for name, value in row.items() if name not in OF_A_SAVE}
        for model in _our_models()
        for row in model._base_manager.values("pk", *(each.attname for each in model._meta.concrete_fields))
    }


def versions_stored() -> int:
    return sum(
        version
        for model in _our_models()
        if issubclass(model, VersionedModel)
        for version in model._base_manager.values_list("version", flat=True)
    )


def _our_models() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if model._meta.app_label in OUR_APPS and not model._meta.proxy:
            yield model


CASES: Final = [
    pytest.param(user, make, id=f"{model._meta.label}-{number}-{user}")
    for model, makers in RECORDS.items()
    for number, make in enumerate(makers)
    for user in USERS
]


@pytest.mark.parametrize("user_kind", USERS)
def test_every_admin_that_lets_somebody_change_a_record_is_tried_here(user_kind: str) -> None:
    request = RequestFactory().get("/")
    request.user = make_user(user_kind)

    changing = {
        model
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_change_permission(request) and not isinstance(model_admin, WITHOUT_A_FORM)
    }

    assert changing <= RECORDS.keys()


def test_every_group_is_tried_here() -> None:
    assert set(Group.objects.values_list("name", flat=True)) <= set(USERS)


def test_every_page_that_changes_a_record_compares_it() -> None:
    user = make_user("superuser")
    changed = [record for record in (RECORDS[model][-1]() for model in RECORDS) if may_change(user, record)]

    assert [type(record) for record in changed if not issubclass(form_class(user, record), VersionedForm)] == []
    assert {Company, Department, Employee, Absence, AbsenceType, User, Group} <= {type(record) for record in changed}


def test_every_admin_that_lets_somebody_delete_compares_what_is_deleted() -> None:
    request = RequestFactory().get("/")
    request.user = make_user("superuser")

    deleting = {
        model: model_admin
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_delete_permission(request) and not isinstance(model_admin, WITHOUT_A_FORM)
    }

    assert deleting.keys() <= RECORDS.keys()
    assert [model for model, model_admin in deleting.items() if not isinstance(model_admin, DeletionAdmin)] == []


@pytest.mark.parametrize(("user_kind", "make"), CASES)
def test_a_page_saved_as_it_was_opened_changes_nothing(user_kind: str, make: Callable[[], Any]) -> None:
    user = make_user(user_kind)
    record = make()
    client = sign_in(user)
    page = client.get(page_of(record))
    if not may_change(user, record):
        assert page.status_code in (302, 403) or "Save" not in buttons_of(page)
        return
    before, versions, changes = everything_stored(), versions_stored(), FieldChange.objects.count()

    saved = press(client, page, "Save")

    assert saved.status_code == 302, _refusal(saved)
    assert everything_stored() == before
    assert FieldChange.objects.count() == changes
    assert versions_stored() - versions <= 1


@pytest.mark.parametrize(("user_kind", "make"), CASES)
def test_a_page_opened_before_another_change_is_refused(user_kind: str, make: Callable[[], Any]) -> None:
    user, record = make_user(user_kind), make()
    if not may_change(user, record):
        return
    client = sign_in(user)
    for changed in [record, *_parts_on_the_page(user, record)]:
        opened = client.get(page_of(record))
        _change(changed)
        before = everything_stored()

        refused = press(client, opened, "Save")

        assert (refused.status_code, "was changed by somebody else" in _refusal(refused)) == (200, True)
        assert everything_stored() == before
        assert press(client, client.get(page_of(record)), "Save").status_code == 302


def test_an_older_page_says_in_words_how_a_tick_stands_now() -> None:
    client = sign_in(make_user("superuser"))
    record = RECORDS[User][0]()
    opened = client.get(page_of(record))
    User.objects.filter(pk=record.pk).update(is_superuser=True)

    refused = press(client, opened, "Save")

    assert "Superuser status differs from what you entered, and is now: Yes" in refused.content.decode()
    assert User.objects.get(pk=record.pk).is_superuser


@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
def test_a_record_that_changed_since_its_delete_page_was_opened_stays(model: type[Model]) -> None:
    client = sign_in(make_user("superuser"))
    record = RECORDS[model][-1]()
    url = page_of(record).replace("/change/", "/delete/")
    opened = client.get(url)
    _change(record)

    refused = press(client, opened, "Yes, I’m sure", follow=True)

    assert model._default_manager.filter(pk=record.pk).exists()
    assert "what you confirmed is not what stands there now" in refused.content.decode()
    press(client, client.get(url), "Yes, I’m sure")
    assert not model._default_manager.filter(pk=record.pk).exists()


@pytest.mark.parametrize("user_kind", USERS)
def test_whoever_only_reads_sees_no_version_among_the_fields(user_kind: str) -> None:
    client = sign_in(make_user(user_kind))
    for make in (AbsenceTypeFactory.create, BankAccountFactory.create, absence()):
        assert "Opened version" not in client.get(page_of(make()), follow=True).content.decode()


def _parts_on_the_page(user: User, record: Model) -> list[Model]:
    """Return the stored records of the page's inlines."""
    request = RequestFactory().get("/")
    request.user = user
    inlines = admin.site._registry[type(record)].get_formsets_with_inlines(request, record)
    return [part for formset, _inline in inlines for part in formset(instance=record).queryset]


def _change(record: Any) -> None:
    change = CHANGES.get(type(record))
    if change is None:
        type(record)._default_manager.get(pk=record.pk).save()
    else:
        change(record)


def _refusal(page: Any) -> str:
    form = page.context["adminform"].form
    formsets = page.context["inline_admin_formsets"]
    return " ".join([str(form.errors), *(str(each.formset.errors) for each in formsets)])
