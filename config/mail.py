"""The e-mail backend of an installation without a mail server."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.message import EmailMessage


class FileAndConsoleBackend(ConsoleBackend):
    """Keep each message whole as an ``.eml`` file below ``EMAIL_FILE_PATH``; print what a person reads of it."""

    def write_message(self, message: EmailMessage) -> None:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}.eml"
        path.write_bytes(message.message().as_bytes())
        rule = "-" * 79
        lines = [
            rule,
            f"To: {', '.join(message.recipients())}",
            f"Subject: {message.subject}",
            f"File: {path}",
            "",
            str(message.body).rstrip(),
            rule,
        ]
        self.stream.write("\n".join(lines) + "\n")
