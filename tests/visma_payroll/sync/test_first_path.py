"""Compare, decide, synchronise, push: the whole way, over HTTP."""

from datetime import date

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from employees.models import Employee
from integrations.core.models import Delivery, Link, SyncRow, SyncRun
from integrations.core.report import send_due
from integrations.core.runs.deciding import decide_creations, decide_field
from tests.visma_payroll.sync.sides import LEFT, RIGHT, VismaSides, change


def test_whoever_is_the_same_on_both_sides_is_in_step(both: VismaSides) -> None:
    employee, right_id = both.pair(1)
    run = both.review()
    assert (run.counts["equal"], run.counts["rows"]) == (1, 0)
    both.apply(run)
    assert Link.objects.filter(left_id=str(employee.pk), right_id=right_id, state="active").exists()
    assert both.writes() == []


def test_a_decided_conflict_is_written_to_the_side_that_lost(both: VismaSides) -> None:
    kept, their_id = both.pair(1, work_phone="+4740009999")
    taken, _other = both.pair(2, work_phone="+4740009999")
    run = both.review()
    for row, decision in zip(SyncRow.objects.filter(run=run).order_by("left_id"), (LEFT, RIGHT), strict=True):
        decide_field(field=row.fields.get(), decision=decision, by=None)
    assert both.apply(run).state == SyncRun.State.DONE
    assert both.at_vendor(their_id)["phones"] == [{"type": "Business", "number": 40009999}]
    taken.refresh_from_db()
    assert taken.work_phone == "+4740000002"
    assert both.writes() == [("PUT", "employee")]
    again = both.review(whole=True)
    assert (again.counts["equal"], again.counts["rows"]) == (2, 0)


def test_people_are_created_on_either_side_as_drafts_at_visma(both: VismaSides) -> None:
    mine = both.hub(1, account="12340000003")
    both.vendor(2)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT), by=None)
    assert both.apply(run).state == SyncRun.State.DONE
    right_id = Link.objects.get(left_id=str(mine.pk)).right_id
    made = both.at_vendor(right_id)
    assert (made["isDraft"], made["number"], made["emails"][0]["address"]) == (True, "1", "p1@demo.example")
    assert made["salaryPaymentMethod"]["localBankAccount"] == "12340000003"
    assert made["positions"][0]["taxUnitIds"][0]["value"] == "5a0b7c1e-0001-4a00-8000-000000000001"
    assert Employee.objects.get(work_email="p2@demo.example").employment_id == "2"
    assert (both.review(whole=True).counts["equal"], both.writes()) == (2, [("POST", "employees")])


def test_a_change_goes_by_itself_with_a_read_a_write_polls_and_a_read_of_what_came_of_it(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, work_phone="+4740001234")
    both.push_until_sent()
    document = both.at_vendor(right_id)
    assert document["phones"] == [{"type": "Business", "number": 40001234}]
    assert document["notes"] == {"of": [1, {"payroll": "Husk"}]}
    calls = both.calls()
    assert calls[:2] == [("GET", "employee"), ("PUT", "employee")]
    assert 1 <= len(calls[2:-1]) <= 3
    assert set(calls[2:-1]) == {("GET", "job")}
    assert calls[-1] == ("GET", "employee")
    assert both.sent_changes(employee) == [("phone", "+4740000001", "+4740001234")]


@pytest.mark.behaviour("VP-05")
def test_workdays_are_written_to_the_selected_position_after_the_rest(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, last_workday=date(2026, 12, 31), work_phone="+4740001234")
    both.push_until_sent()
    position = both.position_at_vendor(right_id)
    assert position["activeEnd"] == "2026-12-31"
    assert position["positionEndReason"] == ["arbeidstakerHarSagtOppSelv"]
    assert both.writes() == [("PUT", "employee"), ("PUT", "position")]
    assert [each.step for each in Delivery.objects.order_by("pk")] == ["", "position"]
    again = both.review(whole=True)
    assert (again.counts["equal"], again.counts["rows"]) == (1, 0)


@pytest.mark.behaviour("VP-05")
def test_a_run_writes_both_documents_of_a_person(both: VismaSides) -> None:
    employee, right_id = both.pair(1, last_workday=date(2026, 12, 31), work_phone="+4740001234")
    run = both.review()
    for field in SyncRow.objects.get(run=run).fields.all():
        decide_field(field=field, decision=LEFT, by=None)
    assert both.apply(run).state == SyncRun.State.DONE
    assert SyncRow.objects.get(run=run).state == SyncRow.State.WRITTEN
    assert both.position_at_vendor(right_id)["activeEnd"] == "2026-12-31"
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40001234
    assert both.writes() == [("PUT", "employee"), ("PUT", "position")]
    assert both.review(whole=True).counts["equal"] == 1
    change(employee, last_workday=None)
    both.push_until_sent()
    ended = both.position_at_vendor(right_id)
    assert (ended["activeEnd"], ended["positionEndReason"]) == (None, [])


@pytest.mark.behaviour("VP-11")
def test_the_result_is_mailed_with_what_is_still_to_be_done(both: VismaSides, mailoutbox: list[EmailMessage]) -> None:
    both.hub(1)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    both.apply(run)
    send_due()
    (mail,) = mailoutbox
    assert mail.to == ["hanna@example.no"]
    assert "Given 1 Family 1" in mail.body
    assert "Created as draft: complete it in Visma.net Payroll." in mail.body


def test_what_visma_warns_of_stands_with_the_delivery(both: VismaSides, admin_client: Client) -> None:
    employee, _right_id = both.pair_active()
    both.jobs_end(ends="warns", message="Postnummeret finnes ikke.")
    change(employee, work_phone="+4740001234")
    both.push_until_sent()
    delivery = Delivery.objects.get()
    page = admin_client.get(reverse("admin:core_delivery_change", args=[delivery.pk])).content.decode()
    assert "Postnummeret finnes ikke." in page


def test_the_pages_say_that_drafts_are_to_be_completed(both: VismaSides, admin_client: Client) -> None:
    both.hub(1)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    page = "admin:visma_payroll_vismapayrollconnection_{}"
    address = [run.connection_id, run.pk]
    before = admin_client.get(reverse(page.format("confirm"), args=address)).content.decode()
    both.apply(run)
    after = admin_client.get(reverse(page.format("run"), args=address)).content.decode()
    for shown in (before, after):
        assert "Created as draft: complete it in Visma.net Payroll." in shown
    assert "Nothing has to be done" not in after
