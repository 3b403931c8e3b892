"""What a connection has to mail, and how a mail reads."""

from typing import Any, Final

from django.core.mail import EmailMessage

from integrations.core.models import Connection, Notification, Problem
from integrations.core.problems import report_problem

SECRET: Final = "Phone +46701740605 is not allowed"


def refuse(connection: Connection, number: int = 1, **values: Any) -> Problem:
    plain: dict[str, Any] = {
        "connection": connection,
        "resource": "employees",
        "left_id": str(number),
        "right_id": "",
        "label": f"Person {number}",
        "action": "update",
        "message": SECRET,
        "cause": "Refused:2000106",
    }
    report_problem(**{**plain, **values})
    found: Problem = Problem.objects.order_by("-pk")[0]
    return found


def notify(connection: Connection, kind: str, **data: Any) -> Notification:
    return Notification.objects.create(
        key=f"{kind}:{connection.pk}:1", connection=connection, recipients=["payroll@demo.example"], data=data
    )


def whole(message: EmailMessage) -> str:
    alternatives: Any = getattr(message, "alternatives", [])
    return f"{message.subject}\n{message.body}\n{alternatives[0][0] if alternatives else ''}"
