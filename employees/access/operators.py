"""What gives somebody a way into another's account is mailed to all others who look after users: nobody is alone."""

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.access import mails
from employees.access.accounts import BACKEND, LOOKS_AFTER_USERS
from employees.access.companies import companies_seen
from employees.users import user_name
from employees.zones import moment_text


def tell_others(user: User, what: str, *, by: User | None, operator: str = "") -> None:
    """Mail what was done to the user's account to whoever else looks after users; ``what`` is a whole sentence."""
    names = {"name": user_name(user), "who": user_name(by) or operator or _("an operator")}
    before = (
        what,
        _("It was done by %(who)s, %(when)s.") % {**names, "when": moment_text(timezone.now())},
        _("Whoever does this could sign in as %(name)s. If you know of no reason, ask %(name)s, by telephone.") % names,
    )
    url = f"{settings.PUBLIC_URL}{reverse('admin:access_accessevent_changelist')}"
    subject = _("Samklang: the account of %(name)s was changed") % names
    letter = mails.Letter(subject, before, url, _("Changes of sign-ins"))
    for other in _who_look_after_users():
        if other.pk not in (user.pk, by.pk if by else None):
            mails.send_later(other, letter, to=other.email)


def _who_look_after_users() -> list[User]:
    found = User.objects.with_perm(LOOKS_AFTER_USERS, backend=BACKEND).filter(is_staff=True).order_by("pk")
    return [user for user in found if companies_seen(user) is None]
