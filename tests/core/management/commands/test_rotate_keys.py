import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from pytest_django import Settings

from integrations.core.encryption import cipher
from integrations.core.management.commands import rotate_keys
from integrations.core.models import Connection

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def connections(db: None, settings: Settings) -> list[Connection]:
    settings.ENCRYPTION_KEYS = [OLD]
    return [
        Connection.objects.create(integration="fortnox", label=f"Number {number}", credentials=f'{{"a": {number}}}')
        for number in range(3)
    ]


def test_after_rotating_the_old_key_can_be_removed(
    connections: list[Connection], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [NEW]
    assert [connection.secrets["a"] for connection in Connection.objects.order_by("pk")] == [0, 1, 2]
    assert "core.Connection.credentials: 3 re-encrypted, 0 unreadable" in capsys.readouterr().out


def test_empty_values_stay_empty(connections: list[Connection], settings: Settings) -> None:
    Connection.objects.update(credentials="")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys")
    assert Connection.objects.filter(credentials__isnull=False).count() == 3
    assert {connection.credentials for connection in Connection.objects.all()} == {""}


def test_a_key_that_does_not_fit_is_said_and_changes_nothing(
    connections: list[Connection], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(
        CommandError, match=f"No key in ENCRYPTION_KEYS opens core.Connection {connections[0].pk}"
    ) as error:
        call_command("rotate_keys")
    assert "gAAAA" not in f"{error.value}{capsys.readouterr().out}"
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [NEW]
    assert Connection.objects.get(pk=connections[2].pk).secrets == {"a": 2}


def test_one_unreadable_value_does_not_keep_the_others_from_rotating(
    connections: list[Connection], settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    Connection.objects.filter(pk=connections[0].pk).update(credentials="{}")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(CommandError):
        call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [NEW]
    assert Connection.objects.get(pk=connections[1].pk).secrets == {"a": 1}
    with pytest.raises(InvalidToken):
        Connection.objects.get(pk=connections[0].pk)


def test_a_token_renewed_at_the_same_moment_is_not_written_over(
    connections: list[Connection], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    renewals = iter(['{"a": "renewed"}'])

    def renewed_meanwhile() -> object:
        for credentials in renewals:
            Connection.objects.filter(pk=connections[0].pk).update(credentials=credentials)
        return cipher()

    monkeypatch.setattr(rotate_keys, "cipher", renewed_meanwhile)
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [NEW]
    assert Connection.objects.get(pk=connections[0].pk).secrets == {"a": "renewed"}
