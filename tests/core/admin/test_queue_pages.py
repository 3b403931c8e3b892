"""The queue's pages are to be looked at: nothing in its tables is run, repeated or changed from there (S1)."""

import pickle
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import Failure, OrmQ, Schedule, Success, Task

from integrations.core.admin.queue import QUEUE_ADMINS
from tests.core.admin.conftest import SignIn
from tests.pages import buttons_of

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-02")]
MODELS: Final = (Schedule, Success, Failure, *(() if settings.REDIS_URL else (OrmQ,)))


class Touch:
    """What whoever can write into the table would put there."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.touch, (self.file,))


@pytest.fixture
def operator(sign_in: SignIn) -> Client:
    return sign_in("superuser")


def fill(result: Any = "") -> dict[type[Any], str]:
    """Make a row of every model; return their ids."""
    now = timezone.now()
    told = {"func": "subprocess.check_output", "started": now, "stopped": now, "args": ("secret argument",)}
    schedule = Schedule.objects.create(func="subprocess.check_output", args="'secret argument'", next_run=now)
    Task.objects.create(id="done", name="done", success=True, result=result, **told)
    Task.objects.create(id="failed", name="failed", success=False, result=result, **told)
    queued = OrmQ.objects.create(key="bulk", payload="secret argument", lock=now)
    return {Schedule: str(schedule.pk), Success: "done", Failure: "failed", OrmQ: str(queued.pk)}


def address(model: type[Any], view: str, *args: str) -> str:
    return reverse(f"admin:django_q_{model._meta.model_name}_{view}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_an_operator_sees_rows_and_can_change_none(operator: Client, model: type[Any]) -> None:
    row = fill()[model]
    seen = [operator.get(address(model, "changelist")), operator.get(address(model, "change", row))]

    assert [answer.status_code for answer in seen] == [200, 200]
    for answer in seen:
        assert not {"Save", "_save", "Delete", "Add", "Run"} & set(buttons_of(answer))
        assert b"secret argument" not in answer.content
        assert b'name="action"' not in answer.content
    assert operator.get(address(model, "add")).status_code == 403
    assert operator.post(address(model, "add"), {"func": "subprocess.check_output"}).status_code == 403
    assert operator.post(address(model, "change", row), {"func": "os.system", "_save": "1"}).status_code == 403
    assert operator.post(address(model, "delete", row), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("action", ["resubmit_task", "delete_selected"])
@pytest.mark.parametrize("model", MODELS)
def test_no_action_runs_or_deletes_anything(operator: Client, model: type[Any], action: str) -> None:
    row = fill()[model]
    before = model.objects.count(), OrmQ.objects.count()
    operator.post(address(model, "changelist"), {"action": action, "_selected_action": [row], "index": "0"})

    assert (model.objects.count(), OrmQ.objects.count()) == before
    assert admin.site._registry[model].__class__ is QUEUE_ADMINS[model]


@pytest.mark.parametrize("model", [Success, Failure])
def test_what_was_pickled_by_somebody_else_is_not_run_by_looking_at_it(
    operator: Client, tmp_path: Path, model: type[Any]
) -> None:
    row = fill()[model]
    harmful = b64encode(pickle.dumps(Touch(tmp_path / "touched"))).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_q_task SET args = %s, kwargs = %s, result = %s", [harmful] * 3)

    for page in (address(model, "changelist"), address(model, "change", row), address(model, "history", row)):
        assert operator.get(page).status_code == 200
    assert not (tmp_path / "touched").exists()


def test_a_failed_task_shows_what_was_kept_of_its_error(operator: Client) -> None:
    row = fill(result="KeyError at integrations/core/sweep.py:12")[Failure]
    assert b"KeyError at integrations/core/sweep.py:12" in operator.get(address(Failure, "change", row)).content

    # What is no text, such as what a task returned, is withheld.
    Task.objects.update(result={"national_id": "199001011234"})
    answer = operator.get(address(Failure, "change", row))
    assert b"199001011234" not in answer.content
    assert b"not shown" in answer.content


def test_the_schedule_is_off_for_every_queue_and_its_page_says_so(operator: Client) -> None:
    assert settings.Q_CLUSTER["scheduler"] is False
    assert Conf.SCHEDULER is False
    assert not any("scheduler" in options for options in settings.Q_CLUSTER["ALT_CLUSTERS"].values())

    page = address(Schedule, "changelist")
    assert b"schedule is off" not in operator.get(page).content
    fill()
    assert b"schedule is off: the row below is never run" in operator.get(page).content
    Schedule.objects.all().delete()
    assert b"schedule is off" not in operator.get(page).content


def test_who_is_no_operator_is_refused_as_before(sign_in: SignIn) -> None:
    fill()
    client = sign_in("hr_admin")
    assert {client.get(address(model, "changelist")).status_code for model in MODELS} == {403}
