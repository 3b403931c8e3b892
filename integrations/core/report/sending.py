"""Mails what is due: each once, again later while the mail server is away, and a run says so (G-06, G-09)."""

import logging
from email.utils import parseaddr
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Count, F, Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.mailing import reason_of
from integrations.core import leases
from integrations.core.allowed import permitted
from integrations.core.models import Notification, SyncRun
from integrations.core.report import problem_mails
from integrations.core.report.building import build_report
from integrations.core.report.daily_mails import close_if_due
from integrations.core.report.letters import Moot
from integrations.core.report.notices import compose
from integrations.core.report.recipients import recipients_of
from integrations.core.report.writing import report_html, report_text, subject_line

logger = logging.getLogger(__name__)


class Letter(NamedTuple):
    """A mail without its recipients; ``name`` is the same each time that it is sent."""

    name: str
    subject: str
    text: str
    html: str


RUN_KEY: Final = "run:"
# A message takes at most about so many exchanges with the mail server; each may last EMAIL_TIMEOUT.
EXCHANGES: Final = 20
FIRST_PAUSE_SECONDS: Final = 30.0
LONGEST_PAUSE_SECONDS: Final = 3600.0


def send_due() -> int:
    """Mail everything that is due; returns how many mails were sent. Safe to call at any time from any process."""
    problem_mails.make_due()
    due = Notification.objects.filter(sent_at__isnull=True)
    # Those that failed most come last: one that cannot be sent does not keep the others waiting.
    return sum(_send_one(pk) for pk in due.order_by("attempts", "pk").values_list("pk", flat=True))


def _send_one(pk: int) -> bool:
    held = leases.claim(name=_lease(pk), seconds=settings.EMAIL_TIMEOUT * EXCHANGES, longest=LONGEST_PAUSE_SECONDS)
    if held is None:
        # Somebody else sends it, or it failed a moment ago and pauses.
        return False
    notification = Notification.objects.filter(pk=pk, sent_at__isnull=True).first()
    sent = notification is not None and close_if_due(notification) and _deliver(notification, held)
    held.release()
    return sent


def _deliver(notification: Notification, held: leases.Held) -> bool:
    run = _run_of(notification)
    try:
        letter = _letter_of(notification, run)
    except Moot as over:
        _close(notification, error=str(over))
        return False
    except (LookupError, ValueError) as error:
        # One that cannot be written, such as a kind of a newer version's, does not keep the others from being sent.
        logger.error("Notice %s cannot be written (%s)", notification.pk, type(error).__name__)
        _close(notification, error=_("It could not be written: its data is not what its kind needs."))
        return False
    to = recipients_of(notification, run)
    if not to:
        _nobody_to_mail(notification, run)
        return False
    # Counted before it is tried: whatever ends this process does not make it the first again and again.
    Notification.objects.filter(pk=notification.pk).update(attempts=F("attempts") + 1)
    notification.attempts += 1
    try:
        held.check()
        _message(notification, letter, to).send()
    except leases.LeaseLost:
        return False
    except (OSError, ValueError) as error:
        _failed(notification, run, error)
        _pause(notification, held)
        return False
    _close(notification, error="")
    if run is not None:
        SyncRun.objects.filter(pk=run.pk).update(report_error="")
    return True


def mail_trouble(user: Any) -> str:
    """Say that mails about problems and connections cannot be sent, and why; of a run's report the run says it."""
    mine = permitted(Notification.objects.filter(sent_at=None), user, connection="connection")
    failing = mine.exclude(error="").exclude(key__startswith=RUN_KEY)
    found = failing.aggregate(count=Count("pk"), newest=Max("pk"))
    if not found["count"]:
        return ""
    text = ngettext(
        "%(count)d e-mail about a problem could not be sent: %(reason)s It is tried again.",
        "%(count)d e-mails about problems could not be sent: %(reason)s They are tried again.",
        found["count"],
    )
    reason = Notification.objects.values_list("error", flat=True).get(pk=found["newest"])
    return text % {"count": found["count"], "reason": reason}


def _run_of(notification: Notification) -> SyncRun | None:
    kind, _separator, rest = notification.key.partition(":")
    return SyncRun.objects.filter(pk=int(rest)).first() if f"{kind}:" == RUN_KEY else None


def _letter_of(notification: Notification, run: SyncRun | None) -> Letter:
    """Return what is mailed; raises Moot when there is nothing to tell any more."""
    if run is not None:
        report = build_report(run=run)
        return Letter(f"report-{run.pk}", subject_line(report), report_text(report), report_html(report))
    if notification.key.startswith(RUN_KEY):
        raise Moot(_("The synchronisation has been deleted."))
    notice = compose(notification)
    # A header is one line, whatever names hold.
    return Letter(f"notice-{notification.pk}", " ".join(notice.subject.split()), notice.text(), notice.html())


def _nobody_to_mail(notification: Notification, run: SyncRun | None) -> None:
    nobody = _("The report was not e-mailed: there is nobody to mail. Add recipients to the connection.")
    if run is None:
        nobody = _("It was not e-mailed: there is nobody to mail. Add recipients to the connection.")
    _close(notification, error=nobody)
    if run is not None:
        SyncRun.objects.filter(pk=run.pk).update(report_error=nobody)


def _message(notification: Notification, letter: Letter, to: list[str]) -> EmailMultiAlternatives:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=to,
        # The same each time: a mail server or a reader that gets it twice after a crash shows it once.
        headers={"Message-ID": f"<{letter.name}-{notification.created_at:%Y%m%d%H%M%S%f}@{domain}>"},
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _close(notification: Notification, *, error: str) -> None:
    Notification.objects.filter(pk=notification.pk, sent_at__isnull=True).update(sent_at=timezone.now(), error=error)


def _failed(notification: Notification, run: SyncRun | None, error: Exception) -> None:
    # Neither the log nor the page gets the error's own text: it may hold addresses, and what was signed in with.
    what = f"Report of run {run.pk}" if run is not None else f"Notice {notification.pk}"
    logger.warning("%s not mailed (%s)", what, type(error).__name__)
    reason = reason_of(error)
    Notification.objects.filter(pk=notification.pk).update(error=reason)
    if run is None:
        return
    SyncRun.objects.filter(pk=run.pk).update(
        report_error=_("The report could not be e-mailed: %(reason)s It is tried again.") % {"reason": reason}
    )


def _pause(notification: Notification, held: leases.Held) -> None:
    """Keep everybody from trying again at once: the lease is the clock, and it survives a restart."""
    held.release()
    pause = FIRST_PAUSE_SECONDS * 2.0 ** min(notification.attempts - 1, 10)
    leases.claim(name=held.name, seconds=min(pause, LONGEST_PAUSE_SECONDS))


def _lease(pk: int) -> str:
    return f"notify:{pk}"
