"""Mail servers in the moods that a report may find them in, as e-mail backends."""

import smtplib
from collections.abc import Sequence

from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.message import EmailMessage

from integrations.core.report import send_due

REFUSING_SIGN_IN = f"{__name__}.RefusingSignIn"
SLOW = f"{__name__}.Slow"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
WORKING = "django.core.mail.backends.locmem.EmailBackend"


class RefusingSignIn(EmailBackend):
    """Quotes the password in its answer, as a careless server would."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPAuthenticationError(535, b"user hub password swordfish-42 refused")


class Slow(EmailBackend):
    """So slow that another worker looks for due e-mails meanwhile."""

    sent_by_the_other = -1

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        type(self).sent_by_the_other = send_due()
        return super().send_messages(messages)
