from typing import Any

import pytest

from tests.sandbox.visma_caller import MEDIA_TYPE, POSITION, SECOND_TENANT, VismaCaller
from tests.sandbox_client import SandboxClient


def everybody(visma: VismaCaller, **parameters: str | int) -> list[dict[str, Any]]:
    """Return the whole list, following its cursors."""
    rows: list[dict[str, Any]] = []
    page = visma.get("employees", **parameters).json()
    while True:
        rows += page["data"]
        if "cursor" not in page:
            return rows
        page = visma.get("employees", cursor=page["cursor"]["nextToken"], **parameters).json()


def created(visma: VismaCaller, **changes: Any) -> str:
    return str(visma.job(visma.create(**changes))["artifactId"])


# Lists


def test_the_list_comes_in_pages_of_50_and_the_last_has_no_cursor(visma: VismaCaller, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=120, vendor="visma_payroll")
    first = visma.get("employees").json()
    assert len(first["data"]) == 50
    rows = everybody(visma, includeDrafts="True")
    assert len({row["id"] for row in rows}) == len(rows) == held


def test_the_page_size_can_be_chosen(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=20, vendor="visma_payroll")
    sizes: dict[str, str | int] = {"page-size": 7}
    page = visma.get("employees", **sizes).json()
    assert (len(page["data"]), len(everybody(visma, **sizes))) == (7, 19)


def test_a_cursor_needs_the_parameters_of_the_first_page(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=60, vendor="visma_payroll")
    token = visma.get("employees", includeDrafts="True").json()["cursor"]["nextToken"]
    assert visma.get("employees", cursor=token).status_code == 400
    assert visma.get("employees", cursor=token, includeDrafts="True").status_code == 200


def test_somebody_added_or_removed_between_two_pages_shifts_nobody(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=60, vendor="visma_payroll")
    first = visma.get("employees", includeDrafts="True").json()
    sandbox.remove("visma_payroll", "employees", first["data"][0]["id"])
    rest = visma.get("employees", includeDrafts="True", cursor=first["cursor"]["nextToken"]).json()["data"]
    assert len(first["data"]) + len(rest) == 59
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in rest}


def test_drafts_are_listed_only_when_asked_for(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=20, vendor="visma_payroll")
    without, with_drafts = everybody(visma), everybody(visma, includeDrafts="True")
    assert [row["number"] for row in with_drafts if row["isDraft"]] == ["1009"]
    assert len(with_drafts) - len(without) == 1


def test_only_active_leaves_out_who_has_no_current_position(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=50, vendor="visma_payroll")
    everyone = {row["number"] for row in everybody(visma)}
    assert everyone - {row["number"] for row in everybody(visma, onlyActive="True")} == {"1017", "1033", "1039"}


def test_what_changed_since_a_day_can_be_asked_for(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=10, vendor="visma_payroll")
    sandbox.advance_clock(seconds=2 * 86_400)
    visma.connect()
    employee_id = created(visma)
    day = visma.get(f"employees/{employee_id}").json()["lastChange"][:10]
    assert [row["id"] for row in everybody(visma, fromLastChangedDate=day)] == [employee_id]


def test_positions_come_only_when_embedded(visma: VismaCaller) -> None:
    employee_id = created(visma)
    assert "_embedded" not in visma.get(f"employees/{employee_id}").json()
    whole = visma.get(f"employees/{employee_id}", embed="(positions)").json()
    (position,) = whole["_embedded"]["positions"]
    assert position["employeeId"] == employee_id
    assert visma.get(f"employees/{employee_id}/positions").json() == [position]
    fields = "(id,positions(id,activeStart,activeEnd))"
    (row,) = visma.get("employees", embed="(positions)", fields=fields).json()["data"]
    dates = {"id": position["id"], "activeStart": "2020-01-01", "activeEnd": None}
    assert row == {"id": employee_id, "_embedded": {"positions": [dates]}}


def test_another_company_sees_nobody_of_the_first(visma: VismaCaller) -> None:
    employee_id = created(visma)
    visma.connect(tenant=SECOND_TENANT)
    assert everybody(visma) == []
    assert visma.get(f"employees/{employee_id}").status_code == 404


def test_the_media_type_is_demanded_both_ways(visma: VismaCaller) -> None:
    assert visma.write("POST", "employees/withPosition", {}, Content_Type="application/json").status_code == 415
    assert visma.write("POST", "employees/withPosition", {}, Accept="application/json").status_code == 406
    answer = visma.get("employees")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, MEDIA_TYPE)


# Jobs


def test_nothing_exists_before_the_job_succeeds(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.settings("visma_payroll", job_seconds=60)
    accepted = visma.create()
    assert visma.job(accepted)["status"] in {"NotStarted", "InProgress"}
    assert everybody(visma) == []
    sandbox.advance_clock(seconds=61)
    job = visma.job(accepted)
    assert (job["status"], job["statusCode"]) == ("Succeeded", 4)
    assert everybody(visma)[0]["id"] == job["artifactId"]


def test_a_job_ends_while_nobody_asks_for_it(visma: VismaCaller, sandbox: SandboxClient) -> None:
    visma.create()
    assert [record["number"] for record in sandbox.state("visma_payroll", "employees")] == ["77"]


@pytest.mark.parametrize(
    ("plan", "status", "severities"),
    [
        ({"ends": "fails", "message": "Nei."}, "Failed", ["Error"]),
        ({"ends": "warns", "message": "Se på dette."}, "Succeeded", ["Warning"]),
        ({"ends": "stuck"}, "InProgress", []),
        ({"ends": "late", "seconds": 3600}, "InProgress", []),
    ],
)
def test_the_next_job_ends_as_planned_and_the_one_after_it_well(
    visma: VismaCaller, sandbox: SandboxClient, plan: dict[str, Any], status: str, severities: list[str]
) -> None:
    sandbox.settings("visma_payroll", next_jobs=[plan])
    job = visma.job(visma.create())
    assert job["status"] == status
    assert [result["severity"] for result in job["validationResults"]] == severities
    assert visma.job(visma.create(number="78"))["status"] == "Succeeded"


def test_a_stuck_job_can_be_made_to_end(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.settings("visma_payroll", next_jobs=[{"ends": "stuck"}])
    accepted = visma.create()
    sandbox.change("visma_payroll", "jobs", visma.job(accepted)["id"], {"ends": "succeeds"})
    assert visma.job(accepted)["status"] == "Succeeded"
    assert len(everybody(visma)) == 1


def test_jobs_are_listed_newest_first_and_a_positions_apart(visma: VismaCaller) -> None:
    employee_id = created(visma)
    second = visma.job(visma.create(number="78"))
    of_position = visma.job(visma.write("POST", f"employees/{employee_id}/positions", POSITION))
    listed = [job["id"] for job in visma.get("employees/jobs").json()["data"]]
    assert (len(listed), listed[0]) == (2, second["id"])
    assert [job["id"] for job in visma.get(f"employees/{employee_id}/positions/jobs").json()["data"]] == [
        of_position["id"]
    ]


# Writes


def test_a_put_replaces_everything_and_keeps_what_is_sent_unknown_or_not(visma: VismaCaller) -> None:
    employee_id = created(visma, notes="a", relatives=[{"firstName": "Kim", "inner": {"x": 1}}])
    answer = visma.get(f"employees/{employee_id}")
    document = answer.json()
    del document["notes"]
    document["somethingNew"] = {"deep": [1]}
    job = visma.job(visma.replace(f"employees/{employee_id}", document, etag=answer.headers["ETag"]))
    assert (job["status"], job["artifactId"]) == ("Succeeded", employee_id)
    after = visma.get(f"employees/{employee_id}").json()
    assert "notes" not in after
    assert (after["somethingNew"], after["relatives"]) == ({"deep": [1]}, document["relatives"])


@pytest.mark.parametrize("quoted", [True, False])
def test_an_etag_that_moved_is_refused_and_the_new_one_accepted(visma: VismaCaller, quoted: bool) -> None:
    path = f"employees/{created(visma)}"
    old = visma.get(path)
    assert visma.replace(path, old.json(), etag=old.headers["ETag"]).status_code == 202
    assert visma.replace(path, old.json(), etag=old.headers["ETag"]).status_code == 412
    now = visma.get(path).headers["ETag"]
    assert visma.replace(path, old.json(), etag=now if quoted else now.strip('"')).status_code == 202


def test_a_put_without_an_etag_is_refused(visma: VismaCaller) -> None:
    path = f"employees/{created(visma)}"
    answer = visma.get(path)
    assert visma.write("PUT", path, answer.json()).status_code == 428
    assert visma.replace(path, answer.json(), etag=answer.headers["ETag"]).status_code == 202


def test_of_two_writes_under_way_the_second_job_fails(visma: VismaCaller, sandbox: SandboxClient) -> None:
    path = f"employees/{created(visma)}"
    sandbox.settings("visma_payroll", job_seconds=5)
    answer = visma.get(path)
    writes = [visma.replace(path, answer.json(), etag=answer.headers["ETag"]) for _ in range(2)]
    sandbox.advance_clock(seconds=6)
    assert [visma.job(write)["status"] for write in writes] == ["Succeeded", "Failed"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"number": "1234567890123"}, "$.number"),
        ({"personNames": []}, "$.personNames"),
        (
            {
                "personNames": [
                    {"firstName": "A", "lastName": "B", "activeEnd": "2020-01-02"},
                    {"firstName": "A", "lastName": "C", "activeStart": "2020-01-02"},
                ]
            },
            "$.personNames",
        ),
        ({"emails": [{"type": "Work", "address": "a@example.no"}]}, "$.emails[0].type"),
        ({"phones": [{"type": "Business", "number": "ring"}]}, "$.phones[0].number"),
        ({"address": {"streetName": "Storgata 1"}}, "$.address.countryCode"),
        ({"salaryPaymentMethod": {"paymentType": "bank", "localBankAccount": "12340000001"}}, "localBankAccount"),
        ({"positions": [{**POSITION, "activeEnd": "2021-01-01"}]}, "$.positionEndReason"),
        ({"positions": [{**POSITION, "positionEndReason": ["arbeidstakerHarSagtOppSelv"]}]}, "$.positionEndReason"),
        ({"positions": [{**POSITION, "activeStart": None}]}, "$.activeStart"),
    ],
)
def test_the_job_says_what_is_wrong_and_makes_nobody(visma: VismaCaller, changes: dict[str, Any], path: str) -> None:
    job = visma.job(visma.create(**changes))
    assert (job["status"], "artifactId" in job) == ("Failed", False)
    assert any(path in result["jsonPath"] for result in job["validationResults"])
    assert visma.job(visma.create())["status"] == "Succeeded"
    assert len(everybody(visma)) == 1


def test_a_number_that_somebody_has_is_refused_and_without_one_the_next_is_given(visma: VismaCaller) -> None:
    created(visma)
    job = visma.job(visma.create())
    assert (job["status"], job["validationResults"][0]["messageCode"]) == ("Failed", "DUPLICATE")
    assert visma.get(f"employees/{created(visma, number=None)}").json()["number"] == "78"


def test_a_draft_may_lack_what_is_mandatory(visma: VismaCaller) -> None:
    bare: dict[str, Any] = {"personIds": [], "salaryPaymentMethod": None, "positions": [{"activeStart": "2026-01-01"}]}
    assert visma.job(visma.create(**bare))["status"] == "Failed"
    employee_id = created(visma, **bare, isDraft=True)
    assert visma.get(f"employees/{employee_id}").json()["isDraft"] is True


def test_the_number_cannot_be_removed(visma: VismaCaller) -> None:
    path = f"employees/{created(visma)}"
    answer = visma.get(path)
    document = {name: value for name, value in answer.json().items() if name != "number"}
    assert visma.job(visma.replace(path, document, etag=answer.headers["ETag"]))["status"] == "Failed"
    assert visma.get(path).json()["number"] == "77"


def test_a_position_ends_with_a_reason_and_is_changed_by_its_own_etag(visma: VismaCaller) -> None:
    employee_id = created(visma)
    path = f"employees/{employee_id}/positions/{visma.get(f'employees/{employee_id}/positions').json()[0]['id']}"
    answer = visma.get(path)
    ended = {**answer.json(), "activeEnd": "2026-12-31", "positionEndReason": ["arbeidstakerHarSagtOppSelv"]}
    assert visma.job(visma.replace(path, ended, etag=answer.headers["ETag"]))["status"] == "Succeeded"
    assert visma.get(path).json()["activeEnd"] == "2026-12-31"
    assert visma.replace(path, ended, etag=answer.headers["ETag"]).status_code == 412


def test_a_foreign_postal_code_in_norway_is_only_a_warning(visma: VismaCaller) -> None:
    job = visma.job(visma.create(address={"zipCode": "44734", "countryCode": "NO"}))
    assert (job["status"], job["validationResults"][0]["severity"]) == ("Succeeded", "Warning")


def test_a_write_in_the_list_of_calls_shows_what_was_sent(visma: VismaCaller, sandbox: SandboxClient) -> None:
    created(visma)
    (call,) = sandbox.calls(method="POST", path="withPosition")
    assert call["body"]["number"] == "77"
