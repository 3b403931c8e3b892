import pytest
from django.contrib.auth.models import Group

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL

pytestmark = pytest.mark.django_db


def rights_of(name: str) -> set[str]:
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


@pytest.mark.behaviour("G-01")
def test_an_hr_admin_may_do_everything_with_people() -> None:
    rights = rights_of(HR_ADMIN)

    assert {"add_employee", "change_position", "delete_bankaccount", "view_compensation", "view_sensitive"} <= rights


@pytest.mark.behaviour("G-01")
def test_an_integration_admin_only_reads_people() -> None:
    people = {
        right for right in rights_of(INTEGRATION_ADMIN) if right.endswith(("employee", "bankaccount", "sensitive"))
    }

    assert people == {"view_employee"}


@pytest.mark.behaviour("G-01")
def test_payroll_sees_sensitive_values_and_changes_only_pay() -> None:
    changing = {right for right in rights_of(PAYROLL) if right.startswith(("add", "change", "delete"))}

    assert changing == {"add_bankaccount", "change_bankaccount", "add_compensation", "change_compensation"}
    assert "view_sensitive" in rights_of(PAYROLL)
