"""Why an e-mail was not taken, in words: of an error its kind alone, whose text may hold addresses and passwords."""

import smtplib
import ssl

from django.utils.translation import gettext as _


def reason_of(error: Exception) -> str:
    """Return a half sentence that ends the one that says what was not sent."""
    for kinds, reason in (
        (smtplib.SMTPAuthenticationError, _("the mail server refused the sign-in.")),
        (smtplib.SMTPRecipientsRefused, _("the mail server refused the recipients' addresses.")),
        (smtplib.SMTPSenderRefused, _("the mail server refused the sender's address.")),
        (ssl.SSLError, _("the mail server could not be reached safely.")),
        (smtplib.SMTPException, _("the mail server refused the message.")),
        (ValueError, _("an address is not valid.")),
    ):
        if isinstance(error, kinds):
            return reason
    return _("the mail server could not be reached.")
