"""A vendor's words and people's values on every page as every role, in every mail, log line and task row (G-32)."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Task

from config.logs import WithoutMessages
from config.roles import rights_of
from employees.groups import BUILT_IN, HR_ADMIN, INTEGRATION_ADMIN
from integrations.core.models import Connection, FieldChange, Notification, Problem, SyncRun
from integrations.core.models.foreign_texts import ForeignTextField, ForeignTextsField
from integrations.core.report import notices, send_due
from tests.access import marks
from tests.access.marks import ACCOUNT, IBAN, KEPT, NATIONAL_ID, PHRASE, TOKEN, allowed, columns, put_marks
from tests.access.test_walk import walked
from tests.access.world import World, signed_in, world_of
from tests.core.admin.filling import MORNING, service_runs

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-32")]
SENSITIVE = "employees.view_sensitive"
WITHOUT = [role for role in BUILT_IN if SENSITIVE not in rights_of(role)]
# However it is divided, and also without its century or its bank.
MARKED = {NATIONAL_ID[2:], ACCOUNT, ACCOUNT[4:], IBAN[4:]}
# A part of one, beside what hides the rest.
WORKED_BACK = re.compile(r"•\W{0,3}\w*(9805|805|7947|947)\b")


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Every line of every logger, as it is written."""
    written: list[str] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: written.append(handler.format(record))  # type: ignore[method-assign]
    handler.setFormatter(WithoutMessages("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def marked() -> World:
    service_runs()
    world = world_of("Alpha")
    put_marks(world)
    return world


def found_in(text: str) -> set[str]:
    """Return the marks that the text gives away."""
    plain = "".join(filter(str.isalnum, re.sub(r"<[^>]*>|&nbsp;", " ", text)))
    found = {each for each in MARKED if each in plain} | ({TOKEN} if TOKEN in text else set())
    return found | set(WORKED_BACK.findall(text))


def text_of(page: Any) -> str:
    content = b"".join(page.streaming_content) if page.streaming else page.content
    return str(content.decode(errors="replace"))


def test_every_column_of_texts_is_marked_or_stands_in_the_list_with_its_reason() -> None:
    ours = {name: field for name, field in columns() if field.model._meta.app_label not in marks.OTHER_APPS}
    foreign = {name for name, field in ours.items() if isinstance(field, ForeignTextField | ForeignTextsField)}
    known = foreign | set(KEPT) | set(allowed())

    assert ours.keys() - known == set(), "Is it a vendor's words or a person's value? Then mark it, else say why not."
    assert known - ours.keys() == set()
    assert {name for name in allowed() if name in KEPT or name in foreign} == set()


@pytest.mark.parametrize("role", WITHOUT)
def test_no_page_shows_them_to_a_role_without_the_right(marked: World, lines: list[str], role: str) -> None:
    client = signed_in(role, marked.company, boss_of=marked)

    pages = {name: text_of(client.get(marked.address(route))) for route, name in walked().items()}

    assert {name: found for name, text in pages.items() if (found := found_in(text))} == {}
    assert [line for line in lines if found_in(line) or PHRASE in line] == []
    if role == INTEGRATION_ADMIN:
        # The words themselves are there to be read.
        told = {name for name, text in pages.items() if PHRASE in text}
        assert {"core_delivery_change", "core_syncrow_change", "core_problem_changelist"} <= told
        assert {"fortnox_fortnoxconnection_connection", "core_syncrun_change", "core_connection_change"} <= told


def test_whoever_has_the_right_reads_the_words_and_no_token(marked: World) -> None:
    client = signed_in(HR_ADMIN, marked.company)
    names = ("core_problem_change", "core_delivery_change", "core_syncrow_change", "core_syncrun_change")

    pages = [text_of(client.get(reverse(f"admin:{name}", args=[marked.ids[name.split("_")[1]]]))) for name in names]

    assert [("8601.11.17947" in page, TOKEN in page) for page in pages] == [(True, False)] * len(names)


def test_no_mail_shows_them(marked: World, lines: list[str]) -> None:
    run, connection = marked.reviewed.run, marked.reviewed.run.connection
    SyncRun.objects.update(state=SyncRun.State.DONE_WITH_PROBLEMS)
    run.rows.update(state="refused", kind="differs")
    now = timezone.now()
    problems = list(Problem.objects.values_list("pk", flat=True))
    overwritten = FieldChange.objects.create(
        subject="employee",
        subject_id=str(marked.person.pk),
        field="overwritten",
        before=marks.VALUES,
        connection=connection,
        at=now,
    )
    data = {
        "problems": {"problems": problems},
        "authorisation_lost": {},
        "authorisation_ending": {"until": now.isoformat()},
        "outage": {"since": now.isoformat(), "people": 1},
        "renamed": {"before": "A", "now": "B"},
        "mass_change": {"mass_change": marked.ids["mass"]},
        "overwritten": {"changes": [overwritten.pk], "day": "2026-01-01"},
    }
    assert data.keys() == notices.KINDS.keys(), "A new kind of mail: what does it need to be written?"
    Notification.objects.all().delete()
    for state in (Connection.State.ACTIVE, Connection.State.NEEDS_REAUTHORISATION):
        Connection.objects.update(state=state, failing_since=now, authorised_until=now)
        for kind, needed in data.items():
            if (kind == "authorisation_lost") == (state == Connection.State.NEEDS_REAUTHORISATION):
                key = f"{kind}:{connection.pk}:{state}"
                Notification.objects.create(key=key, connection=connection, recipients=["a@b.example"], data=needed)
        Notification.objects.get_or_create(
            key=f"run:{run.pk}", defaults={"connection": connection, "recipients": ["a@b.example"]}
        )
        Notification.objects.update(created_at=MORNING)
        send_due()

    assert len(mail.outbox) == len(data) + 2
    whole = [(each, getattr(each, "alternatives", [("", "")])) for each in mail.outbox]
    sent = [f"{each.message().as_string()}{each.body}{html[0][0]}" for each, html in whole]
    assert [found for text in sent if (found := found_in(text))] == []
    assert [text for text in sent if PHRASE in text]
    assert [line for line in lines if found_in(line) or PHRASE in line] == []
    stored = [*map(str, Task.objects.values_list("args", "kwargs", "result")), *map(str, OrmQ.objects.values_list())]
    assert [row for row in stored if found_in(row) or PHRASE in row] == []
