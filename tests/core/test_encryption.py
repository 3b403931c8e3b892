import logging

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection as database
from pytest_django import Settings

from integrations.core.encryption import Secret
from integrations.core.models import Connection

FIRST, SECOND = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def connection(db: None, settings: Settings) -> Connection:
    settings.ENCRYPTION_KEYS = [FIRST]
    return Connection.objects.create(integration="fortnox", label="Fortnox", credentials='{"access_token": "open"}')


def column() -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials FROM core_connection")
        return str(cursor.fetchone()[0])


def test_the_column_holds_no_clear_text(connection: Connection) -> None:
    assert "open" not in column()
    assert Fernet(FIRST).decrypt(column()) == b'{"access_token": "open"}'


def test_what_was_stored_comes_back(connection: Connection) -> None:
    assert Connection.objects.get().secrets == {"access_token": "open"}


def test_nothing_is_stored_as_nothing(connection: Connection) -> None:
    Connection.objects.update(credentials="")
    assert column() == ""
    assert Connection.objects.get().secrets == {}


def test_a_key_further_back_still_opens(connection: Connection, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [SECOND, FIRST]
    assert Connection.objects.get().secrets == {"access_token": "open"}


def test_the_first_key_encrypts(connection: Connection, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [SECOND, FIRST]
    Connection.objects.update(credentials="{}")
    assert Fernet(SECOND).decrypt(column()) == b"{}"


def test_a_wrong_key_is_an_error_and_never_ciphertext(connection: Connection, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [SECOND]
    with pytest.raises(InvalidToken):
        Connection.objects.get()
    settings.ENCRYPTION_KEYS = [FIRST]
    assert Connection.objects.get().secrets == {"access_token": "open"}


def test_it_cannot_be_searched(connection: Connection) -> None:
    with pytest.raises(TypeError, match="encrypted"):
        Connection.objects.filter(credentials="{}").exists()


def test_it_does_not_show_itself(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    stored = Connection.objects.get().credentials
    assert isinstance(stored, Secret)
    logging.getLogger("test").warning("%r", stored)
    assert "open" not in caplog.text
