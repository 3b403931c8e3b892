"""The pages of accounts: who has which role, how each stands, what is said to whom (HR-08)."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from employees.access.companies import companies_seen, put_limit
from employees.access.models import AccessEvent
from employees.groups import HR_ADMIN, OPERATOR, PAYROLL
from tests.access.account_steps import LIST, NEW_PASSWORD, choose_password, invite, link_in, role, signed_in, step, take
from tests.access.conftest import MakeUser
from tests.access.signing_in import PASSWORD, is_in, text_of, try_password
from tests.factories import CompanyFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-08"), pytest.mark.usefixtures("here")]


def test_the_list_says_who_has_which_role_and_is_invited_active_or_left(
    operator: Client, hanna: User, make_user: MakeUser
) -> None:
    make_user("gone", is_active=False)
    make_user("shut", is_staff=False)
    invite(operator)

    def names(**query: str) -> set[str]:
        return {user.username for user in operator.get(LIST, query).context["cl"].result_list}

    assert names(state="invited") == {"Eva@example.com"}
    assert names(state="active") == {"otto", "hanna"}
    assert names(state="left") == {"gone", "shut"}
    assert names(role=OPERATOR) == {"otto"}
    assert names(role=PAYROLL) == set()
    shown = text_of(operator.get(LIST))
    assert "Invited, not in yet" in shown
    assert "Last login" in shown


def test_whoever_was_never_let_into_the_pages_is_let_in(operator: Client, make_user: MakeUser, visitor: Client) -> None:
    """Before, somebody who was added could not sign in until “Staff status” was ticked."""
    shut = make_user("shut", is_staff=False)
    try_password(visitor, "shut")
    assert not is_in(visitor)

    take(operator, "let_in", shut, "Let in again")

    try_password(visitor, "shut")
    assert is_in(visitor)


def test_an_operator_reads_roles_in_words_and_no_list_of_permissions(operator: Client, hanna: User) -> None:
    page = operator.get(reverse("admin:auth_user_change", args=[hanna.pk]))
    group = operator.get(reverse("admin:auth_group_change", args=[role(HR_ADMIN)]))

    assert "HR admin – People, positions" in text_of(page)
    assert "People, positions" in text_of(group)
    for shown in (text_of(page), text_of(group)):
        assert "Can view" not in shown
        assert "Can change" not in shown


@pytest.mark.behaviour("OP-14")
def test_an_operator_chooses_nobodys_password_and_sends_a_link(operator: Client, hanna: User, visitor: Client) -> None:
    address = reverse("admin:auth_user_password_change", args=[hanna.pk])
    assert operator.get(address).status_code == 403
    assert operator.post(address, {"password1": "x" * 20, "password2": "x" * 20}).status_code == 403

    answer = take(operator, "send_link", hanna, "Send the link")

    assert "was e-mailed to hanna@example.com" in text_of(answer)
    try_password(visitor, password=PASSWORD)
    assert is_in(visitor)
    take(operator, "send_link", hanna, "Send the link")
    choose_password(Client(), link_in(mail.outbox[-1]))
    assert not is_in(visitor)
    try_password(visitor, password=NEW_PASSWORD)
    assert is_in(visitor)


def test_another_address_is_told_to_the_former_one_and_kept(operator: Client, hanna: User) -> None:
    page = operator.get(reverse("admin:auth_user_change", args=[hanna.pk]))

    press(operator, page, "", {"email": "hanna@elsewhere.example"})

    assert mail.outbox[0].to == ["hanna@example.com"]
    assert "changed by Otto Vik" in mail.outbox[0].body
    assert AccessEvent.objects.get(user=hanna).kind == "email_changed"
    page = operator.get(page.request["PATH_INFO"])
    refused = press(operator, page, "", {"email": "OTTO@example.com"})
    assert "has this already" in text_of(refused)


@pytest.mark.parametrize("name", ["invite", "send_link", "let_in", "deactivate"])
def test_a_step_is_for_those_who_look_after_users_of_all_companies(hanna: User, make_user: MakeUser, name: str) -> None:
    bo = make_user("bo")

    assert signed_in(hanna).get(step(name, bo)).status_code == 403
    assert signed_in(hanna).post(step(name, bo)).status_code == 403
    assert mail.outbox == []


def test_two_accounts_with_one_address_from_before_stay_as_they_are(operator: Client, make_user: MakeUser) -> None:
    first, _second = make_user("ada", email="same@example.com"), make_user("bo", email="Same@example.com")
    page = operator.get(reverse("admin:auth_user_change", args=[first.pk]))

    assert press(operator, page, "", {"first_name": "Ada"}).status_code == 302
    assert User.objects.get(pk=first.pk).first_name == "Ada"


@pytest.mark.behaviour("G-21")
def test_an_older_page_gives_no_company_back_that_another_operator_took(
    operator: Client, hanna: User, make_user: MakeUser
) -> None:
    alpha, beta = CompanyFactory.create(name="Alpha"), CompanyFactory.create(name="Beta")
    put_limit(hanna, [alpha, beta])
    second = signed_in(make_user("ottilia", groups=(OPERATOR,)))
    address = reverse("admin:auth_user_change", args=[hanna.pk])
    older = operator.get(address)
    press(second, second.get(address), "", {"companies": [alpha.pk]})

    refused = press(operator, older, "", {"first_name": "Johanna"})

    assert "was changed by somebody else" in text_of(refused)
    assert companies_seen(User.objects.get(pk=hanna.pk)) == frozenset({alpha.pk})
    assert press(operator, operator.get(address), "", {"first_name": "Johanna"}).status_code == 302
    changed = User.objects.get(pk=hanna.pk)
    assert (changed.first_name, companies_seen(changed)) == ("Johanna", frozenset({alpha.pk}))
