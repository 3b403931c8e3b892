"""Mails the reports that are due: each once, again later while the mail server is away, and the run says so (G-06)."""

import logging
import smtplib
import ssl
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core import leases
from integrations.core.models import Notification, SyncRun
from integrations.core.report.building import build_report
from integrations.core.report.writing import report_html, report_text, subject_line

logger = logging.getLogger(__name__)

RUN_KEY: Final = "run:"
# A message takes at most about so many exchanges with the mail server; each may last EMAIL_TIMEOUT.
EXCHANGES: Final = 20
FIRST_PAUSE_SECONDS: Final = 30.0
LONGEST_PAUSE_SECONDS: Final = 3600.0


def send_due() -> int:
    """Mail every report that is due; returns how many were. Safe to call at any time from any process."""
    due = Notification.objects.filter(sent_at__isnull=True, key__startswith=RUN_KEY)
    # Those that failed most come last: one that cannot be sent does not keep the others waiting.
    return sum(_send_one(pk) for pk in due.order_by("attempts", "pk").values_list("pk", flat=True))


def _send_one(pk: int) -> bool:
    held = leases.claim(name=_lease(pk), seconds=settings.EMAIL_TIMEOUT * EXCHANGES)
    if held is None:
        # Somebody else sends it, or it failed a moment ago and pauses.
        return False
    notification = Notification.objects.filter(pk=pk, sent_at__isnull=True).first()
    sent = notification is not None and _deliver(notification, held)
    held.release()
    return sent


def _deliver(notification: Notification, held: leases.Held) -> bool:
    run = SyncRun.objects.filter(pk=int(notification.key.removeprefix(RUN_KEY))).first()
    if run is None:
        _close(notification, error=_("The synchronisation has been deleted."))
        return False
    if not notification.recipients:
        nobody = _("The report was not e-mailed: there is nobody to mail. Add recipients to the connection.")
        _close(notification, error=nobody)
        SyncRun.objects.filter(pk=run.pk).update(report_error=nobody)
        return False
    # Counted before it is tried: whatever ends this process does not make it the first again and again.
    Notification.objects.filter(pk=notification.pk).update(attempts=F("attempts") + 1)
    notification.attempts += 1
    message = _message(notification, run)
    try:
        held.check()
        message.send()
    except leases.LeaseLost:
        return False
    except (OSError, ValueError) as error:
        _failed(notification, run, error)
        _pause(notification, held)
        return False
    _close(notification, error="")
    SyncRun.objects.filter(pk=run.pk).update(report_error="")
    return True


def _message(notification: Notification, run: SyncRun) -> EmailMultiAlternatives:
    report = build_report(run=run)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    message = EmailMultiAlternatives(
        subject=subject_line(report),
        body=report_text(report),
        to=notification.recipients,
        # The same each time: a mail server or a reader that gets it twice after a crash shows it once.
        headers={"Message-ID": f"<report-{run.pk}-{notification.created_at:%Y%m%d%H%M%S%f}@{domain}>"},
    )
    message.attach_alternative(report_html(report), "text/html")
    return message


def _close(notification: Notification, *, error: str) -> None:
    Notification.objects.filter(pk=notification.pk, sent_at__isnull=True).update(sent_at=timezone.now(), error=error)


def _failed(notification: Notification, run: SyncRun, error: Exception) -> None:
    # Neither the log nor the page gets the error's own text: it may hold addresses, and what was signed in with.
    logger.warning("Report of run %s not mailed (%s)", run.pk, type(error).__name__)
    reason = _reason(error)
    Notification.objects.filter(pk=notification.pk).update(error=reason)
    SyncRun.objects.filter(pk=run.pk).update(
        report_error=_("The report could not be e-mailed: %(reason)s It is tried again.") % {"reason": reason}
    )


def _reason(error: Exception) -> str:
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


def _pause(notification: Notification, held: leases.Held) -> None:
    """Keep everybody from trying again at once: the lease is the clock, and it survives a restart."""
    held.release()
    pause = FIRST_PAUSE_SECONDS * 2.0 ** min(notification.attempts - 1, 10)
    leases.claim(name=held.name, seconds=min(pause, LONGEST_PAUSE_SECONDS))


def _lease(pk: int) -> str:
    return f"notify:{pk}"
