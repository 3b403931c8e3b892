"""What is changed in the hub between a comparison and its confirmation is told, held and sent as such (G-21, G-35)."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils.html import strip_tags

from integrations.core import connecting
from integrations.core.addresses import mass_change_url, run_url
from integrations.core.models import Connection, MassChange, SyncRun
from integrations.core.releasing import release_mass_change
from integrations.core.report import send_due
from integrations.core.runs.deciding import decide_fields
from tests.core.admin.filling import service_runs
from tests.core.connected import compare, connect_again
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEFT, RIGHT, apply_all, change, decide, finish, pair_of, review, row_of
from tests.core.runs.test_unreadable import LIST, UNREAD
from tests.employees.transfer.files import preview, work
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-21"), pytest.mark.django_db(transaction=True)]
BUTTON = "Synchronise users"
THERE, NEWER = "0701750001", "+46701750009"
GOES = "Changed in the hub since, and sent to Fortnox by itself"


@pytest.fixture(autouse=True)
def _service(db: None) -> None:
    service_runs()


@pytest.fixture
def hanna(both: Pushed) -> Client:
    user = User.objects.get(username="hanna")
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def words(page: Any) -> str:
    text = re.sub(r"<script.*?</script>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(strip_tags(text)).split())


def confirm_page(hanna: Client, run: SyncRun) -> Any:
    return hanna.get(run_url(run.connection, run.pk, "confirm"))


def confirm(hanna: Client, run: SyncRun, page: Any) -> None:
    answer = press(hanna, page, BUTTON)
    assert answer.status_code == 302, words(answer)
    finish(run)
    run.connection.refresh_from_db()


def import_city(both: Pushed, emails: list[str], hanna: Client, *, told: str) -> None:
    job = preview(both.company, [["Work e-mail", "City"], *([email, "Malmö"] for email in emails)])
    page = hanna.get(f"/employees/importjob/{job.pk}/change/")
    assert told in words(page)
    press(hanna, page, "Import")
    work(job)


@pytest.mark.behaviour("G-17")
@pytest.mark.behaviour("G-36")
def test_an_import_after_the_first_comparison_is_told_and_held_above_the_limit(both: Pushed, hanna: Client) -> None:
    people = [both.pair(number) for number in (1, 2, 3)]
    Connection.objects.update(push_limit=2)
    run = review(both.connection)
    emails = [person.work_email for person in people]
    import_city(both, emails, hanna, told="3 people change towards Fortnox. More than 2 people at once wait")

    page = confirm_page(hanna, run)
    assert GOES not in words(page)
    held = MassChange.objects.get()
    assert f"A change of many people waits for a release, and is not sent before: {held.label}" in words(page)
    assert mass_change_url(both.connection, held.pk) in page.content.decode()
    confirm(hanna, run, page)
    both.push_until_sent()

    assert [both.at_vendor(f"10{number}")["City"] for number in (1, 2, 3)] == ["Stockholm"] * 3
    release_mass_change(mass_change=held, by=User.objects.get(username="hanna"))
    both.push_until_sent()
    assert [both.at_vendor(f"10{number}")["City"] for number in (1, 2, 3)] == ["Malmö"] * 3


@pytest.mark.behaviour("G-36")
def test_up_to_the_limit_the_page_says_what_goes_and_an_older_page_is_refused(both: Pushed, hanna: Client) -> None:
    people = [both.pair(number) for number in (1, 2)]
    run = review(both.connection)
    older = confirm_page(hanna, run)
    emails = [person.work_email for person in people]
    waits = "2 people change towards Fortnox. It waits until a synchronisation with Fortnox is confirmed"
    import_city(both, emails, hanna, told=waits)

    refused = press(hanna, older, BUTTON)
    assert refused.status_code == 200
    assert f"{GOES} Once you confirm" in words(refused)
    assert (
        "2 people change towards Fortnox. It is sent once this synchronisation has ended. 2 fields: Address (2)."
        in words(refused)
    )
    confirm(hanna, run, refused)
    send_due()
    report, ended = str(mail.outbox[-1].body), words(hanna.get(run_url(run.connection, run.pk)))
    for told in (" ".join(report.split()), ended):
        assert "what somebody changed in the hub meanwhile goes to Fortnox by itself: 2 fields of 2 people." in told
        assert "Nothing had to be written" not in told
        assert "nothing had to be written" not in told
    assert mail.outbox[-1].subject == f"Fortnox: nothing to decide, changes go by themselves – {both.company.name}"
    both.push_until_sent()
    assert [both.at_vendor(f"10{number}")["City"] for number in (1, 2)] == ["Malmö"] * 2


@pytest.mark.behaviour("G-35")
@pytest.mark.parametrize("decision", ["open", LEFT, RIGHT])
def test_a_field_edited_since_is_no_question_any_more(both: Pushed, hanna: Client, decision: str) -> None:
    employee = both.pair(1, vendor={"Phone1": THERE, "City": "Kiruna"})
    run = review(both.connection)
    decide(row_of(run), phone=decision, address=RIGHT)
    older = confirm_page(hanna, run)
    change(employee, work_phone=NEWER)

    page = press(hanna, older, BUTTON)
    assert "The review has changed since you opened this page." in words(page)
    assert "It is sent once this synchronisation has ended. 1 field: Work phone (1)." in words(page)
    assert "0 fields are undecided" in words(page)
    assert "+46701740001" not in words(page).partition(GOES)[2]
    confirm(hanna, run, page)
    both.push_until_sent()

    employee.refresh_from_db()
    assert (employee.work_phone, both.at_vendor("101")["Phone1"], employee.city) == (NEWER, NEWER, "Kiruna")
    send_due()
    assert "Undecided" not in mail.outbox[-1].body


@pytest.mark.behaviour("G-35")
def test_of_somebody_who_could_not_be_read_no_edit_from_before_is_sent(both: Pushed, hanna: Client) -> None:
    employee = both.pair(1)
    both.pair(2)
    both.activate()
    connecting.disconnect(connection_id=both.connection.pk, by=User.objects.get(username="hanna"))
    both.connection.refresh_from_db()
    change(employee, work_phone=NEWER)
    both.change_at_vendor("101", Phone1="0709999999")
    connect_again(both.connection)
    both.connection.refresh_from_db()
    both.sandbox.faults([{**LIST, "action": "odd_row", "values": UNREAD, "every": True}])
    run = compare(both.connection)
    page = confirm_page(hanna, run)
    assert "1 unclear person is left out." in words(page)
    confirm(hanna, run, page)
    both.sandbox.clear_faults()
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == "0709999999"
    assert pair_of(employee, "phone")[2] == "open"

    again = review(both.connection, whole=True)
    decide(row_of(again), phone=LEFT)
    apply_all(again)
    assert both.at_vendor("101")["Phone1"] == NEWER


@pytest.mark.behaviour("G-27")
@pytest.mark.behaviour("G-14")
def test_whoever_was_left_unticked_is_created_by_nothing_from_before(both: Pushed, hanna: Client) -> None:
    both.pair(1)
    Connection.objects.update(creates_by_itself=True)
    missing = both.hub(2)
    run = review(both.connection)
    both.hub(3)

    page = confirm_page(hanna, run)
    assert "1 missing person is not created." in words(page)
    assert "1 person changes towards Fortnox. 1 of them is created there. It is sent once" in words(page)
    assert "Created: Given 3 Family 3" in words(page)
    confirm(hanna, run, page)
    both.push_until_sent()
    assert both.emails_at_vendor() == ["p1@demo.example", "p3@demo.example"]

    change(missing, given_name="Anna")
    both.push_until_sent()
    assert "p2@demo.example" in both.emails_at_vendor()


def test_nothing_is_told_of_what_the_review_itself_writes(both: Pushed, hanna: Client) -> None:
    both.pair(1, vendor={"Phone1": THERE})
    run = review(both.connection)
    decide_fields(run=run, decision=LEFT, by=None)
    assert GOES not in words(confirm_page(hanna, run))
