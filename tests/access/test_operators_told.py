"""What an operator could do with somebody's account is told: to the person, to the other operators, and it is kept."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from config.roles_guide import OPERATORS
from employees.access.companies import put_limit
from employees.access.models import AccessEvent, ProviderLink
from employees.groups import HR_ADMIN, OPERATOR
from tests.access.conftest import MakeUser
from tests.access.signing_in import give_phone
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01", "OP-14")]
NEW = "another-long-password-for-a-test"


@pytest.fixture
def others(make_user: MakeUser) -> None:
    """Whoever else looks after users, and who does not."""
    make_user("olga", groups=(), is_superuser=True)
    make_user("oda", groups=(OPERATOR,))
    make_user("gone", groups=(OPERATOR,), is_active=False)
    make_user("nameless", groups=(OPERATOR,), email="")
    make_user("helga", groups=(HR_ADMIN,))
    put_limit(make_user("one_company", groups=(OPERATOR,)), [])


def told() -> dict[str, Any]:
    """Return the mails by whom they went to; nobody gets two."""
    found = {message.to[0]: message for message in mail.outbox}
    assert len(found) == len(mail.outbox)
    return found


def test_another_address_is_told_to_the_former_one_and_to_the_other_operators(
    operator: Client, hanna: User, others: None
) -> None:
    page = operator.get(reverse("admin:auth_user_change", args=[hanna.pk]))
    press(operator, page, "", {"email": "otto@elsewhere.example"})

    mails = told()
    assert set(mails) == {"hanna@example.com", "olga@example.com", "oda@example.com"}
    for part in (mails["oda@example.com"].body, str(mails["oda@example.com"].alternatives[0][0])):
        assert "The e-mail address of hanna was changed" in part
        assert "by Otto Vik" in part
        assert reverse("admin:access_accessevent_changelist") in part
        assert "elsewhere.example" not in part
    event = AccessEvent.objects.get()
    assert (event.kind, event.user, event.by) == ("email_changed", hanna, User.objects.get(username="otto"))


def test_a_reset_second_factor_is_told_to_the_person_and_to_the_other_operators(
    operator: Client, hanna: User, others: None
) -> None:
    give_phone(hanna)
    page = operator.get(reverse("admin:reset_second_factor", args=[hanna.pk]))
    press(operator, page, "Reset the second factor")
    assert set(told()) == {"hanna@example.com", "olga@example.com", "oda@example.com"}
    assert "The second factor of hanna was reset." in told()["olga@example.com"].body
    assert AccessEvent.objects.get().kind == "second_factor_reset"


def test_at_the_command_line_all_of_them_are_told(hanna: User, others: None) -> None:
    give_phone(hanna)
    call_command("reset_second_factor", "hanna", "--by", "Olga at the console")
    assert set(told()) == {"hanna@example.com", "olga@example.com", "oda@example.com"}
    assert "by Olga at the console" in told()["oda@example.com"].body


def test_a_password_that_a_superuser_sets_is_told_likewise(hanna: User, others: None) -> None:
    root = Client()
    root.force_login(User.objects.get(username="olga"))
    page = root.get(reverse("admin:auth_user_password_change", args=[hanna.pk]))
    press(root, page, "Change password", {"password1": NEW, "password2": NEW})
    assert set(told()) == {"hanna@example.com", "oda@example.com"}


def test_a_link_is_told_to_the_person_alone_and_kept(operator: Client, hanna: User, others: None) -> None:
    page = operator.get(reverse("admin:auth_user_send_link", args=[hanna.pk]))
    press(operator, page, "Send the link")
    assert set(told()) == {"hanna@example.com"}
    assert AccessEvent.objects.get().kind == "password_link_sent"


def test_the_guide_says_so() -> None:
    said = " ".join(OPERATORS.split())
    for words in ("former e-mail address is told", "All others who look after users", "Changes of sign-ins"):
        assert words in said


def test_a_superusers_link_is_removed_by_superusers_only(operator: Client, others: None) -> None:
    olga = User.objects.get(username="olga")
    link = ProviderLink.objects.create(user=olga, issuer="https://id.example", subject="1")
    address = reverse("admin:access_providerlink_delete", args=[link.pk])
    assert operator.get(address).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [link.pk], "post": "yes"}
    operator.post(reverse("admin:access_providerlink_changelist"), chosen)
    assert ProviderLink.objects.exists()

    operator.force_login(User.objects.create_superuser("root"))
    press(operator, operator.get(address), "Yes, I’m sure")
    assert not ProviderLink.objects.exists()
