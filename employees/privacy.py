"""What a company keeps and shows of sensitive data: its own choice, else what is usual in its country (PR-01, PR-02).

What is usual is cautious: where the law of a country is not known to us, managers read no kinds.
"""

from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from employees.models import Company


class Choice(models.TextChoices):
    """A company's answer; empty is what is usual in its country."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


MANAGERS_SEE_KINDS: Final = "managers_see_kinds"
ID_STORED, ID_MATCHED, ID_SENT = "national_id_stored", "national_id_matched", "national_id_sent"
SETTINGS: Final = (MANAGERS_SEE_KINDS, ID_STORED, ID_MATCHED, ID_SENT)
# Where the nearest manager follows up on sickness by law.
NORDIC: Final = frozenset({"DK", "FI", "IS", "NO", "SE"})
# Where only a few may know why somebody is away, and managers are not among them.
MANAGERS_NEVER_SEE_KINDS: Final = frozenset({"NL"})
# Where the number may be used for what the law names, and recognising people in other systems is not named.
NOT_FOR_MATCHING: Final = frozenset({"NL"})


def usual(setting: str, country: str) -> bool:
    """Return what a setting is in a country where the company says nothing."""
    if setting == MANAGERS_SEE_KINDS:
        return country in NORDIC
    return setting != ID_MATCHED or country not in NOT_FOR_MATCHING


def is_on(company: "Company", setting: str) -> bool:
    chosen: str = getattr(company, setting)
    return chosen == Choice.YES if chosen else usual(setting, company.country)


def managers_see_kinds(company: "Company") -> bool:
    return company.country not in MANAGERS_NEVER_SEE_KINDS and is_on(company, MANAGERS_SEE_KINDS)


def choices(setting: str, country: str) -> list[tuple[str, Any]]:
    """Return a form's choices, the first of which says what is usual."""
    usually = Choice.YES.label if usual(setting, country) else Choice.NO.label
    return [("", _("As usual in the country: %(answer)s") % {"answer": usually}), *Choice.choices]
