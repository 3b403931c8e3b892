"""What an operator and the invited one press on the pages of accounts."""

import re
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from employees.groups import HR_ADMIN
from tests.pages import press

ADD = "/auth/user/add/"
LIST = "/auth/user/"
NEW_PASSWORD = "a-new-password-of-eva"
EVA = {"email": "Eva@Example.com", "first_name": "Eva", "last_name": "Ek"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def role(name: str) -> str:
    return str(Group.objects.get(name=name).pk)


def invite(operator: Client, **changes: Any) -> Any:
    values = {**EVA, "groups": [role(HR_ADMIN)], **changes}
    return press(operator, operator.get(ADD), "", values, follow=True)


def step(name: str, user: User) -> str:
    return reverse(f"admin:auth_user_{name}", args=[user.pk])


def take(client: Client, name: str, user: User, button: str, **changes: Any) -> Any:
    return press(client, client.get(step(name, user)), button, changes, follow=True)


def link_in(message: Any) -> str:
    """Return the way from the site's root of the address in a mail."""
    found = re.search(r"http://testserver(/sign-in/\S+)", message.body)
    assert found, "The mail has no address."
    return found[1]


def choose_password(visitor: Client, link: str, password: str = NEW_PASSWORD) -> Any:
    page = visitor.get(link, follow=True)
    return press(visitor, page, "Set the password", {"new_password1": password, "new_password2": password}, follow=True)
