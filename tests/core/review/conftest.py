from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from employees.groups import HR_ADMIN, PAYROLL
from tests.core.admin.filling import service_runs
from tests.core.review.filling import Reviewed, review_of

SignIn = Callable[[str], Client]
GROUPS = {"hanna": HR_ADMIN, "henrik": HR_ADMIN, "petra": PAYROLL}


@pytest.fixture
def reviewed(db: None) -> Reviewed:
    service_runs()
    return review_of()


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return a function that signs somebody in: hanna and henrik are HR admins, petra does payroll, stina nothing."""

    def as_person(name: str) -> Client:
        user = User.objects.filter(username=name).first()
        if user is None:
            user = User.objects.create_user(name, f"{name}@demo.example", is_staff=True, first_name=name.capitalize())
            user.groups.set(Group.objects.filter(name=GROUPS.get(name, "")))
        client = Client()
        client.force_login(user)
        return client

    return as_person


@pytest.fixture
def hanna(sign_in: SignIn) -> Client:
    return sign_in("hanna")
