"""An account's life on the pages of whoever looks after users: invited, let in, left, let in again (HR-08)."""

import re
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from employees.access.companies import companies_seen
from employees.access.models import AccessEvent, Invitation, SignIn
from employees.groups import HR_ADMIN, OPERATOR, PAYROLL
from integrations.core.models import Connection
from tests.access.conftest import MakeUser
from tests.access.signing_in import PASSWORD, is_in, text_of, try_password
from tests.factories import CompanyFactory
from tests.pages import form_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-08")]
ADD = "/auth/user/add/"
LIST = "/auth/user/"
NEW_PASSWORD = "a-new-password-of-eva"
EVA = {"email": "Eva@Example.com", "first_name": "Eva", "last_name": "Ek"}


@pytest.fixture
def operator(make_user: MakeUser) -> Client:
    return signed_in(make_user("otto", groups=(OPERATOR,), first_name="Otto", last_name="Vik"))


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


@pytest.fixture(autouse=True)
def here(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://testserver"


def choose_password(visitor: Client, link: str, password: str = NEW_PASSWORD) -> Any:
    page = visitor.get(link, follow=True)
    return press(visitor, page, "Set the password", {"new_password1": password, "new_password2": password}, follow=True)


# --- Inviting -------------------------------------------------------------------------------------------------


def test_an_operator_invites_with_a_role_in_words_and_the_invited_one_chooses_the_password(
    operator: Client, visitor: Client
) -> None:
    page = operator.get(ADD)
    assert "Payroll – Pay: bank accounts and compensation" in text_of(page)
    assert not {"password1", "user_permissions", "is_staff", "is_superuser", "way"} & set(form_of(page).values())

    answer = invite(operator)

    eva = User.objects.get(email="Eva@example.com")
    assert (eva.username, eva.is_staff, eva.has_usable_password()) == ("Eva@example.com", True, False)
    assert "invitation was e-mailed to Eva@example.com" in text_of(answer)
    message: Any = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert message.to == ["Eva@example.com"]
    assert "Otto Vik invites you" in message.subject
    assert "Your role: HR admin – People, positions" in message.body
    assert "until" in message.body
    assert "Choose your password" in message.alternatives[0][0]

    done = choose_password(visitor, link_in(message))

    assert "Sign in with it, as Eva@example.com" in text_of(done)
    assert not is_in(visitor)
    try_password(visitor, "Eva@example.com", NEW_PASSWORD)
    assert is_in(visitor)
    kinds = list(AccessEvent.objects.filter(user=eva).order_by("pk").values_list("kind", "by__username"))
    assert kinds == [("invited_to_password", "otto"), ("password_set", "Eva@example.com")]


def test_an_invitation_limits_to_companies(operator: Client) -> None:
    company = CompanyFactory.create(name="Alpha")

    invite(operator, only_chosen=True, companies=[str(company.pk)])

    assert companies_seen(User.objects.get(email="Eva@example.com")) == frozenset({company.pk})


def test_an_invitation_works_once(operator: Client, visitor: Client) -> None:
    invite(operator)
    link = link_in(mail.outbox[0])
    choose_password(visitor, link)

    assert "does not work any more" in text_of(Client().get(link, follow=True))


def test_two_windows_with_one_link_set_one_password(operator: Client, visitor: Client) -> None:
    invite(operator)
    link, other = link_in(mail.outbox[0]), Client()
    late = other.get(link, follow=True)
    choose_password(visitor, link)

    refused = press(other, late, "Set the password", {"new_password1": "x" * 20, "new_password2": "x" * 20})

    assert "does not work any more" in text_of(refused)
    try_password(visitor, "Eva@example.com", NEW_PASSWORD)
    assert is_in(visitor)


@pytest.mark.parametrize("why", ["late", "again", "deactivated", "moved", "moved and back"])
def test_an_invitation_is_void_and_a_new_one_works(operator: Client, visitor: Client, why: str) -> None:
    invite(operator)
    link, eva = link_in(mail.outbox[0]), User.objects.get(email="Eva@example.com")
    if why == "late":
        Invitation.objects.update(expires_at=timezone.now())
    elif why == "deactivated":
        take(operator, "deactivate", eva, "Deactivate")
        take(operator, "let_in", eva, "Let in again")
    elif why.startswith("moved"):
        for email in ("new@example.com", "Eva@example.com")[: why.count(" ") or 1]:
            press(operator, operator.get(reverse("admin:auth_user_change", args=[eva.pk])), "", {"email": email})
    else:
        take(operator, "invite", eva, "Send the invitation")

    assert "does not work any more" in text_of(visitor.get(link, follow=True))

    take(operator, "invite", eva, "Send the invitation")
    choose_password(visitor, link_in(mail.outbox[-1]))
    try_password(visitor, "Eva@example.com", NEW_PASSWORD)
    assert is_in(visitor)


def test_a_weak_password_is_refused_and_the_link_still_works(operator: Client, visitor: Client) -> None:
    invite(operator)
    link = link_in(mail.outbox[0])

    refused = choose_password(visitor, link, "password")

    assert "too common" in text_of(refused)
    assert "Sign in with it" in text_of(choose_password(visitor, link))


def test_an_invitation_that_was_not_sent_is_not_called_sent(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: Any, **kwargs: Any) -> int:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
        answer = text_of(invite(operator))
    eva = User.objects.get(email="Eva@example.com")
    assert "could not be e-mailed to Eva@example.com: the mail server" in answer
    assert "was e-mailed" not in answer
    page = operator.get(reverse("admin:auth_user_change", args=[eva.pk]))
    assert "could not be e-mailed" in text_of(page)

    again = take(operator, "invite", eva, "Send the invitation")

    assert "was e-mailed to Eva@example.com" in text_of(again)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("taken", [{"username": "EVA@example.com"}, {"username": "eva", "email": "eva@EXAMPLE.com"}])
def test_a_second_account_with_the_same_name_or_address_is_refused_with_what_to_do(
    operator: Client, make_user: MakeUser, taken: dict[str, str]
) -> None:
    other = make_user(**taken)

    refused = invite(operator)

    assert "has this already. Open that account" in text_of(refused)
    assert reverse("admin:auth_user_change", args=[other.pk]) in refused.content.decode()
    other.is_active = False
    other.save()
    assert "has left" in text_of(invite(operator))
    assert mail.outbox == []
    invite(operator, email="ev@example.com")
    assert len(mail.outbox) == 1


def test_an_address_that_cannot_be_a_name_asks_for_one(operator: Client, visitor: Client) -> None:
    refused = invite(operator, email="eva.o'neil@example.com")
    assert "Type another name" in text_of(refused)

    invite(operator, email="eva.o'neil@example.com", username="eva")

    choose_password(visitor, link_in(mail.outbox[0]))
    try_password(visitor, "eva", NEW_PASSWORD)
    assert is_in(visitor)


def test_whoever_needs_a_second_factor_sets_it_up_after_the_password(
    operator: Client, visitor: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN]
    invite(operator)
    choose_password(visitor, link_in(mail.outbox[0]))

    answer = try_password(visitor, "Eva@example.com", NEW_PASSWORD, follow=True)

    assert "Set up a second factor" in text_of(answer)
    assert not is_in(visitor)


def test_with_a_provider_the_operator_chooses_how_somebody_signs_in(operator: Client, settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.com", "Example ID"
    invite(operator, way="provider")

    assert "/sign-in/provider/invited/" in mail.outbox[0].body
    assert Invitation.objects.get().with_provider
    settings.PASSWORD_SIGN_IN = False
    assert "way" not in form_of(operator.get(ADD)).values()
    invite(operator, email="bo@example.com")
    assert "/sign-in/provider/invited/" in mail.outbox[1].body


# --- Leaving --------------------------------------------------------------------------------------------------


def test_deactivating_says_what_happens_and_is_undone(operator: Client, hanna: User, visitor: Client) -> None:
    Connection.objects.create(
        integration="fortnox", label="Fortnox Alpha", company=CompanyFactory.create(), recipients=["Hanna@Example.com"]
    )
    try_password(visitor)
    assert is_in(visitor)

    page = text_of(operator.get(step("deactivate", hanna)))
    assert "1 sign-in ends at once" in page
    assert "Reports and problems of Fortnox Alpha went to this address alone" in page
    take(operator, "deactivate", hanna, "Deactivate")

    assert not is_in(visitor)
    assert not SignIn.objects.filter(user=hanna).exists()
    try_password(visitor)
    assert not is_in(visitor)

    take(operator, "let_in", hanna, "Let in again")

    try_password(visitor)
    assert is_in(visitor)
    assert list(User.objects.get(pk=hanna.pk).groups.values_list("name", flat=True)) == [HR_ADMIN]
    kinds = AccessEvent.objects.filter(user=hanna).order_by("pk").values_list("kind", "by__username")
    assert list(kinds) == [("deactivated", "otto"), ("let_in", "otto")]


@pytest.mark.behaviour("OP-14")
def test_nobody_deactivates_themselves_the_emergency_account_or_the_last_superuser(
    operator: Client, make_user: MakeUser, settings: Settings
) -> None:
    otto, root = User.objects.get(username="otto"), make_user("root", groups=(), is_superuser=True)
    other = make_user("other", groups=(), is_superuser=True)
    settings.EMERGENCY_USER = "other"
    master = signed_in(root)

    assert "Nobody deactivates the own account" in text_of(operator.get(step("deactivate", otto)))
    assert "emergency account" in text_of(master.get(step("deactivate", other)))
    assert operator.get(step("deactivate", root)).status_code == 403
    operator.post(step("deactivate", otto))
    master.post(step("deactivate", root))
    master.post(step("deactivate", other))
    assert operator.post(step("deactivate", root)).status_code == 403
    assert set(User.objects.filter(is_active=True)) == {otto, root, other}

    settings.EMERGENCY_USER = ""
    take(master, "deactivate", other, "Deactivate")
    page = master.get(reverse("admin:auth_user_change", args=[root.pk]))
    assert "last superuser" in text_of(press(master, page, "", {"is_superuser": False}))
    assert User.objects.get(pk=root.pk).is_superuser


def test_the_last_operator_who_can_sign_in_stays(operator: Client, make_user: MakeUser) -> None:
    """A superuser made at the command line without a password does not count."""
    root = make_user("root", groups=(), is_superuser=True)
    root.set_unusable_password()
    root.save()
    otto, hanna = User.objects.get(username="otto"), make_user("hanna")

    assert "Nobody else could look after users" in text_of(signed_in(root).get(step("deactivate", otto)))
    take(operator, "deactivate", hanna, "Deactivate")

    make_user("olga", groups=(OPERATOR,))
    take(signed_in(root), "deactivate", otto, "Deactivate")
    assert not User.objects.get(pk=otto.pk).is_active


def test_two_operators_do_not_shut_each_other_out(operator: Client, make_user: MakeUser) -> None:
    otto, olga = User.objects.get(username="otto"), make_user("olga", groups=(OPERATOR,))
    other = signed_in(olga)
    late = other.get(step("deactivate", otto))

    take(operator, "deactivate", olga, "Deactivate")
    press(other, late, "Deactivate")

    assert set(User.objects.filter(is_active=True)) == {otto}


def test_an_account_with_a_history_is_deactivated_instead_of_deleted(make_user: MakeUser, hanna: User) -> None:
    master = signed_in(make_user("root", groups=(), is_superuser=True))
    AccessEvent.objects.create(user=User.objects.get(username="root"), kind="invited", by=hanna)
    address = reverse("admin:auth_user_delete", args=[hanna.pk])

    assert "Deactivate the account instead" in text_of(master.get(address))
    master.post(address, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [hanna.pk], "post": "yes"}
    master.post(LIST, chosen)
    assert User.objects.filter(pk=hanna.pk).exists()

    mistake = make_user("mistake")
    page = master.get(reverse("admin:auth_user_delete", args=[mistake.pk]))
    press(master, page, "Yes, I’m sure")
    assert not User.objects.filter(pk=mistake.pk).exists()


# --- The pages ------------------------------------------------------------------------------------------------


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
