"""What the queue keeps and logs of a task: of one that failed the error's class and where it was raised, else nothing.

django-q2 keeps the whole traceback as the task's result, and logs it; its messages quote rows and tokens
(``core.unforeseen``). A worker hands the task to this receiver before it hands it on.
"""

from typing import Any

from django_q.signals import post_execute_in_worker

from integrations.core import unforeseen


def connect() -> None:
    post_execute_in_worker.connect(_withhold, dispatch_uid="work-results-withheld")


def _withhold(*, task: dict[str, Any], **_: Any) -> None:
    if not task.get("success", True):
        task["result"] = unforeseen.describe_text(str(task.get("result", "")))
    else:
        # Nobody reads what a task gave back, which may be a vendor's words.
        task["result"] = None
