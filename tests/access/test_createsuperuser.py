"""The first operator's password is no weaker than anybody else's."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command, get_commands

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
GOOD = "a-long-password-for-a-test"


def create(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    call_command("createsuperuser", interactive=False, username="operator", email="operator@example.com")


@pytest.mark.parametrize(
    ("password", "reason"),
    [("a", "too short"), ("password123", "too common"), ("4815162342", "numeric"), ("operator1", "similar")],
)
def test_without_questions_a_weak_password_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, password: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason) as refused:
        create(monkeypatch, password)
    assert "nobody was created" in str(refused.value)
    assert f"“{password}”" not in str(refused.value)
    assert not User.objects.exists()

    create(monkeypatch, GOOD)
    assert User.objects.get().is_superuser


def test_asked_for_it_a_weak_password_cannot_be_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ["a"]
    module = "django.contrib.auth.management.commands.createsuperuser"
    monkeypatch.setattr(f"{module}.getpass.getpass", lambda *args: typed[0])
    monkeypatch.setattr("builtins.input", lambda *args: "y")

    class Terminal:
        def isatty(self) -> bool:
            return True

    options: dict[str, Any] = {"username": "operator", "email": "operator@example.com", "stdin": Terminal()}
    with pytest.raises(CommandError, match="too short"):
        call_command("createsuperuser", interactive=True, **options)
    assert not User.objects.exists()

    typed[0] = GOOD
    call_command("createsuperuser", interactive=True, **options)
    assert User.objects.get().check_password(GOOD)


def test_the_command_is_ours() -> None:
    assert get_commands()["createsuperuser"] == "employees.access"
