"""What becomes of each decision, field by field, and of what nobody decided (G-04, G-12, G-18, FX-07)."""

import pytest

from integrations.core.models import Connection, Delivery, FieldChange, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused
from tests.core.runs.both_sides import (
    LEAVE,
    LEFT,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    changes_of,
    create_all,
    decide,
    pair_of,
    review,
    row_of,
)


@pytest.mark.behaviour("G-04")
@pytest.mark.behaviour("G-12")
def test_every_field_of_a_row_goes_the_way_that_was_decided(connection: Connection, both: BothSides) -> None:
    vendor = {"FirstName": "Vera", "LastName": "Vendor", "Phone1": PHONE, "EmploymentDate": "2019-05-01"}
    employee = both.pair(1, vendor=vendor, given_name="Hedda", family_name="Hub", work_phone=OTHER_PHONE)
    run = review(connection)
    row = row_of(run, left=employee)
    assert set(row.fields.values_list("decision", flat=True)) == {"open"}
    decide(row, given_name=LEFT, phone=RIGHT, family_name=LEAVE)

    run = apply_all(run)

    assert (run.state, row_of(run).state) == (SyncRun.State.DONE, SyncRow.State.WRITTEN)
    employee.refresh_from_db()
    theirs = both.at_vendor("101")
    assert (employee.given_name, theirs["FirstName"]) == ("Hedda", "Hedda")
    assert (employee.work_phone, theirs["Phone1"]) == (PHONE, PHONE)
    assert (employee.family_name, theirs["LastName"]) == ("Hub", "Vendor")
    assert (str(employee.first_workday), theirs["EmploymentDate"]) == ("2020-01-01", "2019-05-01")
    assert both.sent() == [{"FirstName": "Hedda"}]
    assert pair_of(employee, "given_name") == ["Hedda", "Hedda", "settled"]
    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    assert pair_of(employee, "family_name") == ["Hub", "Vendor", "left_as_is"]
    assert pair_of(employee, "first_workday") == ["2020-01-01", "2019-05-01", "open"]
    # Who and what changed each value, with the value before, on either side.
    assert changes_of(employee, "given_name") == [("Vera", "Hedda", connection.pk, True)]
    assert changes_of(employee, "work_phone") == [(OTHER_PHONE, PHONE, None, False)]
    assert changes_of(employee, "family_name") == []
    assert set(FieldChange.objects.filter(run__isnull=False).values_list("run", flat=True)) == {run.pk}
    sent = FieldChange.objects.get(run=run, connection=connection)
    assert sent.delivery == Delivery.objects.get(row=row)


@pytest.mark.behaviour("G-04")
@pytest.mark.parametrize("side", ["hub", "vendor"])
def test_what_was_left_as_it_is_is_shown_again_only_when_a_side_changes(
    connection: Connection, both: BothSides, side: str
) -> None:
    employee = both.pair(1, vendor={"LastName": "Vendor"}, family_name="Hub")
    run = review(connection)
    decide(row_of(run, left=employee), family_name=LEAVE)
    run = apply_all(run)
    assert row_of(run).state == SyncRow.State.SKIPPED
    assert review(connection).counts["rows"] == 0

    if side == "hub":
        change(employee, family_name="Hubert")
    else:
        both.change_at_vendor("101", LastName="Vendel")

    field = row_of(review(connection), left=employee).fields.get()
    assert field.change == ("left" if side == "hub" else "right")
    apply_all(SyncRun.objects.latest("pk"))
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-04")
def test_what_nobody_decided_is_not_written_and_blocks_nothing(connection: Connection, both: BothSides) -> None:
    undecided = both.pair(1, work_phone=OTHER_PHONE)
    decided = both.pair(2, work_phone=PHONE)
    both.hub(3)
    both.vendor(4)
    run = review(connection)
    decide(row_of(run, left=decided), phone=LEFT)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert both.writes() == [("PUT", "employees/102", 200)]
    assert row_of(run, left=undecided).state == SyncRow.State.OPEN
    assert pair_of(undecided, "phone") == [OTHER_PHONE, "+46701740001", "open"]
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example", "p4@demo.example"]
    again = row_of(review(connection), left=undecided).fields.get()
    assert (again.change, again.decision) == ("first", "open")


def test_after_the_first_synchronisation_a_change_on_one_side_comes_with_its_direction(
    connection: Connection, both: BothSides
) -> None:
    left, right, conflict = both.pair(1), both.pair(2), both.pair(3)
    apply_all(review(connection))
    change(left, work_phone=OTHER_PHONE)
    both.change_at_vendor("102", Phone1=PHONE)
    change(conflict, given_name="Hedda")
    both.change_at_vendor("103", FirstName="Vera")

    run = review(connection)

    found = {row.left_id: row.fields.get() for row in SyncRow.objects.filter(run=run)}
    assert (found[str(left.pk)].change, found[str(left.pk)].decision) == ("left", LEFT)
    assert (found[str(right.pk)].change, found[str(right.pk)].decision) == ("right", RIGHT)
    assert (found[str(conflict.pk)].change, found[str(conflict.pk)].decision) == ("both", "open")
    apply_all(run)
    right.refresh_from_db()
    assert (both.at_vendor("101")["Phone1"], right.work_phone) == (OTHER_PHONE, PHONE)
    assert both.at_vendor("103")["FirstName"] == "Vera"
    run = review(connection)
    decide(row_of(run, left=conflict), given_name=LEFT)
    apply_all(run)
    assert_in_step(connection, 3)


def test_a_value_emptied_in_the_hub_is_emptied_at_the_vendor_and_the_other_way_round(
    connection: Connection, both: BothSides
) -> None:
    hub, vendor = both.pair(1), both.pair(2)
    apply_all(review(connection))
    change(hub, work_phone="")
    both.change_at_vendor("102", Phone1="")

    assert apply_all(review(connection)).state == SyncRun.State.DONE

    vendor.refresh_from_db()
    assert (both.at_vendor("101")["Phone1"], vendor.work_phone) == ("", "")
    assert_in_step(connection, 2)


@pytest.mark.behaviour("FX-07")
def test_the_vendors_employment_id_is_taken_over_and_never_sent(connection: Connection, both: BothSides) -> None:
    empty = both.hub(1)
    both.vendor(1)
    other = both.pair(2, employment_id="HUB-2")
    new = both.hub(3)
    keeps = both.hub(4, employment_id="HUB-4")
    run = review(connection)
    create_all(run)
    # The rule is announced in the review; another ID is a choice, of which one is not possible.
    assert row_of(run, left=empty).fields.get(field="employment_id").decision == RIGHT
    choice = row_of(run, left=other).fields.get(field="employment_id")
    assert choice.decision == "open"
    with pytest.raises(RunRefused, match="only taken over"):
        decide(row_of(run, left=other), employment_id=LEFT)

    apply_all(run)

    ids = {}
    for employee in (empty, other, new, keeps):
        employee.refresh_from_db()
        ids[employee.work_email] = employee.employment_id
    theirs = {record["Email"]: record["EmployeeId"] for record in both.sandbox.state("fortnox", "employees")}
    assert ids == {
        "p1@demo.example": "101",
        "p2@demo.example": "HUB-2",
        "p3@demo.example": theirs["p3@demo.example"],
        "p4@demo.example": "HUB-4",
    }
    assert not any("EmployeeId" in body for body in both.sent())
    assert changes_of(empty, "employment_id") == [(None, "101", None, False)]

    run = review(connection)
    for employee in (other, keeps):
        decide(row_of(run, left=employee), employment_id=RIGHT)
    apply_all(run)
    assert_in_step(connection, 4)
    other.refresh_from_db()
    assert other.employment_id == "102"


@pytest.mark.behaviour("G-18")
def test_address_and_phone_of_a_protected_person_are_never_sent(connection: Connection, both: BothSides) -> None:
    existing = both.pair(
        1, vendor={"Phone1": "", "Address1": ""}, protected_identity=True, given_name="Anna", family_name="Hub"
    )
    new = both.hub(2, protected_identity=True)
    run = review(connection)
    create_all(run)
    row = row_of(run, left=existing)
    for field in ("phone", "address"):
        assert row.fields.get(field=field).reason_right == "Not sent: the person has a protected identity."
        with pytest.raises(RunRefused, match="protected identity"):
            decide(row, **{field: LEFT})
    decide(row, given_name=LEFT)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    private = {"Phone1", "Phone2", "Address1", "Address2", "PostCode", "City", "Country"}
    assert len(both.sent()) == 2
    assert not any(private & set(body) for body in both.sent())
    assert row_of(run, left=new).state == SyncRow.State.WRITTEN
    assert both.at_vendor("101")["Phone1"] == ""


@pytest.mark.behaviour("G-18")
@pytest.mark.parametrize("new", [False, True], ids=["update", "creation"])
def test_a_person_protected_after_the_review_is_not_sent_either(
    connection: Connection, both: BothSides, new: bool
) -> None:
    employee = both.hub(1) if new else both.pair(1, work_phone=OTHER_PHONE)
    run = review(connection)
    create_all(run)
    if not new:
        decide(row_of(run, left=employee), phone=LEFT)
    change(employee, protected_identity=True)

    run = apply_all(run)

    assert all("Phone1" not in body and "Address1" not in body for body in both.sent())
    if new:
        assert len(both.sent()) == 1
    else:
        assert both.sent() == []
        phone = row_of(run, left=employee).fields.get(field="phone")
        assert phone.reason_right == "Not sent: the person has a protected identity."
        assert (phone.decision, phone.left, phone.right) == ("open", None, None)


@pytest.mark.behaviour("G-12")
def test_a_creation_is_recorded_field_by_field_on_the_side_that_was_written(
    connection: Connection, both: BothSides
) -> None:
    ours = both.hub(1)
    both.vendor(2)
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    sent = FieldChange.objects.filter(subject_id=str(ours.pk), connection=connection)
    assert {change.field: (change.before, change.after) for change in sent} == {
        "work_email": (None, "p1@demo.example"),
        "given_name": (None, "Given 1"),
        "family_name": (None, "Family 1"),
        "phone": (None, "+46701740001"),
        "address": (None, ["Gatan 1", "11122", "Stockholm", "SE"]),
        "first_workday": (None, "2020-01-01"),
    }
    assert {change.delivery_id for change in sent} == {Delivery.objects.get(row__run=run).pk}
    theirs = SyncRow.objects.get(run=run, right_id="102").left_id
    received = FieldChange.objects.filter(subject_id=theirs, run=run, connection=None)
    values = {each.field: each.after for change in received for each in change.by_field()}
    assert values["work_email"] == "p2@demo.example"
    assert values["work_phone"] == "+46701740002"
    assert values["employment_id"] == "102"
