from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN
from tests.core.admin.filling import service_runs

SignIn = Callable[[str], Client]


def signed_in(name: str) -> Client:
    user = User.objects.create_user(name, f"{name}@demo.example", is_staff=True, first_name=name.capitalize())
    user.groups.set(Group.objects.filter(name__in=(HR_ADMIN, INTEGRATION_ADMIN)))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def hanna(transactional_db: None) -> Client:
    service_runs()
    return signed_in("hanna")


@pytest.fixture
def henrik(transactional_db: None) -> Client:
    return signed_in("henrik")


@pytest.fixture
def matched_by_hand(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom somebody said to be one, in place of asking the vendor for the person."""
    matched: list[str] = []

    def keep(*, left_id: str, **more: object) -> None:
        matched.append(left_id)

    monkeypatch.setattr("integrations.core.admin.review.matching.match_by_hand", keep)
    return matched
