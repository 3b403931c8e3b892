"""Whose absences wait for somebody whose account is to be deactivated."""

from typing import Any

from django.utils.translation import ngettext

from absences.teams import team_of
from employees.access.accounts import left_behind_asked
from employees.models import Employee


def connect() -> None:
    left_behind_asked.connect(_team, dispatch_uid="left_behind.team")


def _team(sender: Any, user: Any, **kwargs: Any) -> list[str]:
    many = Employee.objects.filter(team_of(user)).count()
    if not many:
        return []
    text = ngettext(
        "%(many)d person has this manager, who decides on absences no more: an HR admin decides, or names another.",
        "%(many)d people have this manager, who decides on absences no more: an HR admin decides, or names another.",
        many,
    )
    return [text % {"many": many}]
