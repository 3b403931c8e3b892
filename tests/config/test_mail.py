import email
import email.policy
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from pytest_django import Settings

BACKEND = "config.mail.FileAndConsoleBackend"


@pytest.fixture
def message() -> EmailMultiAlternatives:
    made = EmailMultiAlternatives("Lön är klar", "Three people could not be sent.", to=["asa@example.com"])
    made.attach_alternative("<p>Three people could not be sent.</p>", "text/html")
    return made


def test_a_message_is_kept_whole_as_a_file(message: EmailMultiAlternatives, settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    assert get_connection(BACKEND).send_messages([message]) == 1
    (path,) = (tmp_path / "mail").glob("*.eml")
    kept = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert kept["Subject"] == "Lön är klar"
    assert [part.get_content_type() for part in kept.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_the_console_shows_receiver_subject_and_text(
    message: EmailMultiAlternatives,
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path)
    get_connection(BACKEND).send_messages([message])
    printed = capsys.readouterr().out
    assert "To: asa@example.com\nSubject: Lön är klar\n" in printed
    assert "Three people could not be sent." in printed
    assert "<p>" not in printed


def test_two_messages_of_one_second_are_two_files(
    message: EmailMultiAlternatives, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert get_connection(BACKEND).send_messages([message, message]) == 2
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_a_folder_that_cannot_be_written_is_an_error_to_the_sender(
    message: EmailMultiAlternatives, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    with pytest.raises(FileExistsError):
        get_connection(BACKEND).send_messages([message])
    (tmp_path / "mail").unlink()
    assert get_connection(BACKEND).send_messages([message]) == 1
