"""The rules of Visma.net Payroll as they show in reviews, writes and the error log, over HTTP."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.core.models import Connection, FieldChange, Link, SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import decide_creations, decide_field
from tests.pages import form_values, press
from tests.sandbox.visma_caller import POSITION
from tests.visma_payroll.sync.sides import ACCOUNT, OTHER_ACCOUNT, RIGHT, VismaSides, change

OPEN_POSITION = dict(POSITION)
ENDED = {
    **POSITION,
    "activeStart": "2018-01-01",
    "activeEnd": "2024-12-31",
    "positionEndReason": ["arbeidstakerHarSagtOppSelv"],
}
FREELANCER = {**POSITION, "typeOfPosition": "Freelancer"}


def field_of(run: SyncRun, name: str) -> SyncField:
    return SyncField.objects.get(row__run=run, field=name)


def kept_back(both: VismaSides) -> list[tuple[str, str]]:
    return [(problem.cause, problem.message) for problem in both.problems(state="open")]


# --- Names (VP-03) and contacts (VP-04) -------------------------------------------------------------------


@pytest.mark.behaviour("VP-03")
def test_a_changed_name_ends_the_old_one_yesterday_and_twice_a_day_leaves_one(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, family_name="Berg")
    both.push_until_sent()
    change(employee, family_name="Bergseth")
    both.push_until_sent()
    names = both.at_vendor(right_id)["personNames"]
    today = timezone.localdate().isoformat()
    assert [(name["lastName"], name.get("activeStart")) for name in names] == [("Family 1", None), ("Bergseth", today)]
    assert names[0]["activeEnd"] < today
    assert both.review(whole=True).counts["equal"] == 1


@pytest.mark.behaviour("VP-03")
def test_the_current_name_of_visma_is_taken_into_the_hub(both: VismaSides) -> None:
    employee, _right_id = both.pair(
        1,
        vendor={
            "personNames": [
                {"firstName": "Given 1", "lastName": "Family 1", "activeEnd": "2025-12-31"},
                {"firstName": "Given 1", "lastName": "Dahl", "activeStart": "2026-01-01"},
            ]
        },
    )
    run = both.review()
    decide_field(field=field_of(run, "family_name"), decision=RIGHT, by=None)
    both.apply(run)
    employee.refresh_from_db()
    assert employee.family_name == "Dahl"


@pytest.mark.behaviour("VP-04")
def test_the_private_contacts_at_visma_stay_as_they_are(both: VismaSides) -> None:
    private = {"type": "Private", "number": 90000001}
    employee, right_id = both.pair_active(vendor={"phones": [private, {"type": "Business", "number": 40000001}]})
    change(employee, work_phone="", work_email="ny@demo.example")
    both.push_until_sent()
    document = both.at_vendor(right_id)
    assert document["phones"] == [private]
    assert document["emails"] == [{"type": "Business", "address": "ny@demo.example"}]


# --- Workdays (VP-05, VP-06) ------------------------------------------------------------------------------


@pytest.mark.behaviour("VP-06")
def test_a_last_workday_is_set_moved_and_emptied_with_its_reason(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    for last, reasons in (
        (date(2026, 12, 31), ["arbeidstakerHarSagtOppSelv"]),
        (date(2027, 1, 31), ["arbeidstakerHarSagtOppSelv"]),
        (None, []),
    ):
        change(employee, last_workday=last)
        both.push_until_sent()
        position = both.position_at_vendor(right_id)
        assert position["activeEnd"] == (last.isoformat() if last else None)
        assert position["positionEndReason"] == reasons
    assert both.writes() == [("PUT", "position")] * 3


@pytest.mark.behaviour("VP-06")
@pytest.mark.parametrize(
    ("position", "reasons"),
    [({**POSITION, "typeOfPosition": "Maritime"}, ["arbeidstakerHarSagtOppSelv"]), (FREELANCER, [])],
)
def test_only_ordinary_and_maritime_positions_get_a_reason(
    both: VismaSides, position: dict[str, Any], reasons: list[str]
) -> None:
    employee, right_id = both.pair_active(vendor={"positions": [position]})
    change(employee, last_workday=date(2026, 12, 31))
    both.push_until_sent()
    assert both.position_at_vendor(right_id).get("positionEndReason", []) == reasons
    assert both.problems() == []


@pytest.mark.behaviour("VP-05")
def test_a_position_that_payroll_ended_by_hand_is_shown_and_taken_over(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.change_at_vendor(
        right_id,
        positions=[{**both.position_at_vendor(right_id), "activeEnd": "2026-12-31", "positionEndReason": ["x"]}],
    )
    run = both.review()
    field = field_of(run, "last_workday")
    assert (field.change, field.decision) == ("right", RIGHT)
    both.apply(run)
    employee.refresh_from_db()
    assert employee.last_workday == date(2026, 12, 31)


@pytest.mark.behaviour("VP-05")
def test_somebody_employed_anew_is_told_in_the_review_and_nothing_is_rewritten(both: VismaSides) -> None:
    _employee, right_id = both.pair(1, vendor={"positions": [ENDED]}, first_workday=date(2026, 6, 1), last_workday=None)
    run = both.review()
    for name in ("first_workday", "last_workday"):
        assert "that is a new employment. Add a position in Visma.net Payroll" in field_of(run, name).reason_right
    both.apply(run)
    assert both.writes() == []
    assert both.position_at_vendor(right_id)["activeEnd"] == "2024-12-31"


@pytest.mark.behaviour("VP-05")
def test_somebody_employed_anew_by_an_edit_is_a_problem_until_there_is_a_position(both: VismaSides) -> None:
    employee, right_id = both.pair_active(
        vendor={"positions": [ENDED]}, first_workday=date(2018, 1, 1), last_workday=date(2024, 12, 31)
    )
    change(employee, first_workday=date(2026, 6, 1), last_workday=None)
    both.push()
    assert [cause for cause, _message in kept_back(both)] == ["field:first_workday", "field:last_workday"]
    assert "that is a new employment" in kept_back(both)[0][1]
    assert both.writes() == []
    held = both.at_vendor(right_id)["positions"]
    both.change_at_vendor(right_id, positions=[*held, {**POSITION, "activeStart": "2026-06-01"}])
    run = both.review(whole=True)
    assert run.counts["equal"] == 1
    assert kept_back(both) == []


@pytest.mark.behaviour("VP-05")
def test_a_last_workday_before_the_position_starts_is_kept_back_with_its_reason(both: VismaSides) -> None:
    employee, right_id = both.pair_active(first_workday=date(2020, 1, 1))
    change(employee, first_workday=None, last_workday=date(2019, 12, 31))
    both.push()
    messages = dict(kept_back(both))
    assert "before the position starts (2020-01-01)" in messages["field:last_workday"]
    assert both.writes() == []
    change(employee, first_workday=date(2020, 1, 1), last_workday=date(2026, 12, 31))
    both.push_until_sent()
    assert both.problems(state="open") == []
    assert both.position_at_vendor(right_id)["activeEnd"] == "2026-12-31"


@pytest.mark.behaviour("VP-05")
def test_without_a_position_the_workdays_are_left_alone_and_all_else_goes(both: VismaSides) -> None:
    employee, right_id = both.pair_active(vendor={"positions": []})
    change(employee, work_phone="+4740001234")
    both.push_until_sent()
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40001234
    assert both.problems() == []
    change(employee, last_workday=date(2026, 12, 31))
    both.push_until_sent()
    assert (both.at_vendor(right_id)["positions"], both.writes()) == ([], [("PUT", "employee")])


@pytest.mark.behaviour("VP-05")
def test_the_position_that_somebody_chose_is_the_one_that_is_compared_and_written(both: VismaSides) -> None:
    employee, right_id = both.pair(1, vendor={"positions": [OPEN_POSITION, {**POSITION, "activeStart": "2023-05-01"}]})
    both.activate()
    link = Link.objects.get()
    first, second = link.options["choices"]
    assert (link.options["choice"], first[1]) == (first[0], "Ordinary, 2020-01-01 until no last day")
    Link.objects.update(choice=second[0])
    run = both.review(whole=True)
    assert field_of(run, "first_workday").right == "2023-05-01"
    change(employee, first_workday=date(2023, 5, 1), last_workday=date(2026, 12, 31))
    both.push_until_sent()
    ends = {each["activeStart"]: each.get("activeEnd") for each in both.at_vendor(right_id)["positions"]}
    assert {start: end for start, end in ends.items() if end} == {"2023-05-01": "2026-12-31"}


@pytest.mark.behaviour("VP-05")
def test_a_choice_made_in_the_first_review_stays_through_comparing_anew(
    both: VismaSides, django_user_model: type[User]
) -> None:
    employee, _right_id = both.pair(
        1,
        vendor={"positions": [OPEN_POSITION, {**POSITION, "activeStart": "2023-05-01"}]},
        first_workday=date(2023, 5, 1),
    )
    assert both.review().counts["rows"] == 1
    second = Link.objects.get().options["choices"][1][0]
    by = django_user_model.objects.create_superuser("berit")
    client = Client()
    client.force_login(by)
    page = reverse("admin:employees_employee_choose", args=[employee.pk, Link.objects.get().pk])
    assert "2023-05-01 until no last day" in client.get(page).content.decode()
    press(client, client.get(page), "Keep this one in step", {"choice": second})
    assert both.review().counts["equal"] == 1
    assert Link.objects.get().choice == second
    kept = FieldChange.objects.get(field="choice")
    assert (kept.before, kept.after, kept.user) == ("", "Ordinary, 2023-05-01 until no last day", by)
    page = reverse("admin:employees_employee_choose", args=[employee.pk, Link.objects.get().pk])
    posted = {**form_values(client.get(page), button="Keep this one in step"), "choice": "another"}
    refused = client.post(page, posted, follow=True)
    assert "not offered any more" in refused.content.decode()
    assert "Ordinary, 2023-05-01 until no last day" in refused.content.decode()


# --- Employment ID (VP-07), bank account (VP-08), address (VP-09) -------------------------------------------


@pytest.mark.behaviour("VP-07")
def test_an_employment_id_of_13_characters_is_kept_back_and_the_rest_goes(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, employment_id="1234567890123", work_phone="+4740001234")
    both.push_until_sent()
    ((cause, message),) = kept_back(both)
    assert (cause, "at most 12 characters" in message) == ("field:employment_id", True)
    document = both.at_vendor(right_id)
    assert (document["number"], document["phones"][0]["number"]) == ("1", 40001234)


@pytest.mark.behaviour("VP-07")
def test_an_employment_id_is_never_emptied_at_visma(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, employment_id="")
    both.push_until_sent()
    assert kept_back(both) == [("field:employment_id", "Employment ID: It cannot be emptied there.")]
    assert both.at_vendor(right_id)["number"] == "1"


def test_a_number_that_somebody_else_has_is_refused_in_vismas_words(both: VismaSides) -> None:
    both.vendor(2)
    employee, right_id = both.pair_active()
    change(employee, employment_id="2")
    both.push_until_sent()
    assert both.problem().message == "The number is used by another employee. (number)"
    assert both.at_vendor(right_id)["number"] == "1"
    change(employee, employment_id="3")
    both.push_until_sent()
    assert (both.problem().state, both.at_vendor(right_id)["number"]) == ("solved", "3")


@pytest.mark.behaviour("VP-08")
def test_an_account_that_visma_has_is_neither_emptied_nor_replaced_by_a_foreign_one(both: VismaSides) -> None:
    payment = {"paymentType": "bank", "localBankAccount": ACCOUNT}
    employee, right_id = both.pair_active(account=ACCOUNT, vendor={"salaryPaymentMethod": payment})
    employee.bank_account.delete()
    both.push_until_sent()
    assert kept_back(both) == [("field:bank_account", "Bank account: It cannot be emptied there.")]
    employee.refresh_from_db()
    both.give_account(employee, "3933190005", country="SE", clearing_number="8327")
    both.push_until_sent()
    ((_cause, message),) = kept_back(both)
    assert "Only a Norwegian account number is sent" in message
    assert (both.at_vendor(right_id)["salaryPaymentMethod"], both.writes()) == (payment, [])
    both.give_account(employee, OTHER_ACCOUNT)
    both.push_until_sent()
    assert both.at_vendor(right_id)["salaryPaymentMethod"]["localBankAccount"] == OTHER_ACCOUNT
    assert kept_back(both) == []


@pytest.mark.behaviour("VP-08")
def test_somebody_new_with_a_foreign_account_is_paid_in_cash_and_the_report_says_why(both: VismaSides) -> None:
    employee = both.hub(1)
    both.give_account(employee, "3933190005", country="SE", clearing_number="8327")
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    both.apply(run)
    (made,) = both.sandbox.state("visma_payroll", "employees")
    assert made["salaryPaymentMethod"] == {"paymentType": "cash"}
    reason = SyncRow.objects.get(run=run).reason
    assert "Bank account was not sent: Only a Norwegian account number is sent" in reason


@pytest.mark.behaviour("VP-08")
def test_an_account_abroad_is_sent_where_the_settings_say_so(both: VismaSides) -> None:
    payment = {"paymentType": "bank", "localBankAccount": ACCOUNT}
    employee, right_id = both.pair_active(account=ACCOUNT, vendor={"salaryPaymentMethod": payment})
    Connection.objects.update(settings={"international_accounts": True})
    both.give_account(employee, "", country="SE", iban="SE4550000000058398257466", bic="ESSESESS")
    both.push_until_sent()
    held = both.at_vendor(right_id)["salaryPaymentMethod"]
    assert (held["internationalBankAccount"], held["internationalIban"], held["internationalBankSwift"]) == (
        True,
        "SE4550000000058398257466",
        "ESSESESS",
    )
    assert kept_back(both) == []
    both.give_account(employee, OTHER_ACCOUNT)
    both.push_until_sent()
    held = both.at_vendor(right_id)["salaryPaymentMethod"]
    assert (held["internationalBankAccount"], held["localBankAccount"]) == (False, OTHER_ACCOUNT)


@pytest.mark.behaviour("VP-09")
def test_the_hubs_second_address_line_is_neither_sent_nor_lost(both: VismaSides) -> None:
    employee, right_id = both.pair_active(street2="Oppgang B")
    change(employee, street="Kirkegata 3")
    both.push_until_sent()
    assert both.at_vendor(right_id)["address"]["streetName"] == "Kirkegata 3"
    both.change_at_vendor(
        right_id, address={"streetName": "Havnegata 7", "zipCode": "0150", "cityName": "Oslo", "countryCode": "NO"}
    )
    both.apply(both.review())
    employee.refresh_from_db()
    assert (employee.street, employee.street2) == ("Havnegata 7", "Oppgang B")


# --- Matching (VP-12) -------------------------------------------------------------------------------------


@pytest.mark.behaviour("VP-12")
def test_the_number_matches_before_the_email_and_a_person_settles_where_they_disagree(both: VismaSides) -> None:
    both.pair(1, work_email="another@demo.example")
    both.hub(2, work_email="p3@demo.example", employment_id="")
    both.vendor(3)
    run = both.review()
    assert {row.right_id != "" for row in SyncRow.objects.filter(run=run, kind="differs")} == {True}
    assert {field.field for field in SyncField.objects.filter(row__run=run)} >= {"work_email"}
    both.hub(4, work_email="p5@demo.example", employment_id="6")
    both.vendor(5)
    both.vendor(6)
    again = both.review()
    assert SyncRow.objects.filter(run=again, kind="ambiguous").exists()


def test_two_people_with_one_email_are_held_and_nobody_is_mixed_up(both: VismaSides) -> None:
    both.hub(1, employment_id="")
    both.vendor(7, emails=[{"type": "Business", "address": "p1@demo.example"}])
    both.vendor(8, emails=[{"type": "Business", "address": "p1@demo.example"}])
    run = both.review()
    assert set(SyncRow.objects.filter(run=run).values_list("kind", flat=True)) <= {"ambiguous", "duplicate"}
    both.apply(run)
    assert not Link.objects.filter(state="active").exists()
    assert both.writes() == []
