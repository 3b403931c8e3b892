"""Today is the day where the company is, and a time says whose it is."""

import re
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Company
from employees.zones import moment_text, today_of, zone_of
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
HELSINKI, NEW_YORK, STOCKHOLM = "Europe/Helsinki", "America/New_York", "Europe/Stockholm"
# By UTC: Helsinki is a day ahead of Stockholm at the first, New York a day behind at the second.
EARLY_IN_HELSINKI = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
EVENING_IN_NEW_YORK = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)


def at(moment: datetime) -> AbstractContextManager[Any]:
    return mock.patch.object(timezone, "now", return_value=moment)


def company(zone: str) -> Company:
    made: Company = CompanyFactory.create(name=f"In {zone}", time_zone=zone)
    return made


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (EARLY_IN_HELSINKI, HELSINKI, date(2026, 11, 30)),
        (EARLY_IN_HELSINKI, STOCKHOLM, date(2026, 11, 29)),
        (EVENING_IN_NEW_YORK, NEW_YORK, date(2026, 11, 30)),
        (EVENING_IN_NEW_YORK, STOCKHOLM, date(2026, 12, 1)),
        # The hours around the change of the clocks.
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), STOCKHOLM, date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), STOCKHOLM, date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), STOCKHOLM, date(2026, 3, 30)),
        (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), STOCKHOLM, date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), STOCKHOLM, date(2026, 10, 26)),
    ],
)
def test_today_is_the_day_where_the_company_is(moment: datetime, zone: str, day: date) -> None:
    with at(moment):
        assert today_of(company(zone)) == day


def test_whatever_leads_to_a_company_is_in_its_zone() -> None:
    person = EmployeeFactory.create(company=company(HELSINKI))
    assert str(zone_of(person)) == HELSINKI
    assert str(zone_of(None)) == STOCKHOLM


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (STOCKHOLM, "10:32 CET"),
        (HELSINKI, "11:32 EET"),
        (NEW_YORK, "04:32 EST"),
        ("America/Sao_Paulo", "06:32 UTC-03"),
        ("Asia/Kolkata", "15:02 IST"),
        ("Asia/Kathmandu", "15:17 UTC+05:45"),
        # A name that the system does not know any more is the installation's.
        ("Mars/Olympus", "10:32 CET"),
    ],
)
def test_a_time_names_its_zone(zone: str, text: str) -> None:
    moment = datetime(2026, 11, 30, 9, 32, tzinfo=UTC)
    shown = moment_text(moment, Company(time_zone=zone))
    assert shown.endswith(text)
    template = Template("{% load zones %}{{ moment|moment:company }}|{{ none|moment:company }}")
    assert template.render(Context({"moment": moment, "company": Company(time_zone=zone), "none": None})) == f"{shown}|"


def test_summer_and_winter_are_told_apart() -> None:
    hours = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [moment_text(hour, Company(time_zone=STOCKHOLM)).rpartition(", ")[2] for hour in hours] == [
        "02:30 CEST",
        "02:30 CET",
    ]


@pytest.mark.parametrize(
    ("moment", "zone", "offset"),
    [
        (EARLY_IN_HELSINKI, HELSINKI, 7200),
        (EVENING_IN_NEW_YORK, NEW_YORK, -18000),
        (datetime(2026, 7, 1, tzinfo=UTC), NEW_YORK, -14400),
    ],
)
def test_the_shortcut_today_counts_in_the_zone_of_the_records_company(
    admin_client: Client, moment: datetime, zone: str, offset: int
) -> None:
    person = EmployeeFactory.create(company=company(zone))
    page = reverse("admin:employees_employee_change", args=[person.pk])
    with mock.patch("django.template.defaulttags.datetime", wraps=datetime) as clock:
        clock.now.side_effect = moment.astimezone
        shown = admin_client.get(page)
        other = admin_client.get(reverse("admin:employees_company_changelist"))
    assert _offset(shown) == offset
    # The next request is in nobody's zone.
    assert _offset(other) in (3600, 7200)


def test_for_somebody_new_it_is_the_zone_of_all_companies_or_the_installations(admin_client: Client) -> None:
    Company.objects.all().delete()
    company(HELSINKI)
    add = reverse("admin:employees_employee_add")
    assert _offset(admin_client.get(add)) == _now_in(HELSINKI)
    company(NEW_YORK)
    assert _offset(admin_client.get(add)) == _now_in(STOCKHOLM)


def _offset(page: Any) -> int:
    found = re.search(r'data-admin-utc-offset="(-?\d+)"', page.text)
    assert found
    return int(found[1])


def _now_in(zone: str) -> int:
    offset = timezone.now().astimezone(zone_of(Company(time_zone=zone))).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


@pytest.mark.parametrize(
    ("moment", "zone", "born", "refused"),
    [
        (EARLY_IN_HELSINKI, HELSINKI, date(2026, 11, 30), False),
        (EARLY_IN_HELSINKI, STOCKHOLM, date(2026, 11, 30), True),
        (EVENING_IN_NEW_YORK, NEW_YORK, date(2026, 12, 1), True),
        (EVENING_IN_NEW_YORK, STOCKHOLM, date(2026, 12, 1), False),
    ],
)
def test_a_birth_date_in_the_future_is_one_where_the_company_is(
    moment: datetime, zone: str, born: date, refused: bool
) -> None:
    person = EmployeeFactory.create(company=company(zone))
    person.birth_date, person.first_workday = born, None
    with at(moment):
        if refused:
            with pytest.raises(ValidationError):
                person.full_clean()
        else:
            person.full_clean()


def test_who_is_employed_is_asked_by_the_day_of_each_company(admin_client: Client) -> None:
    last = date(2026, 11, 29)
    gone = EmployeeFactory.create(company=company(HELSINKI), last_workday=last, family_name="Gone")
    there = EmployeeFactory.create(company=company(STOCKHOLM), last_workday=last, family_name="There")

    with at(EARLY_IN_HELSINKI):
        listed = admin_client.get(reverse("admin:employees_employee_changelist"), {"employment": "ended"}).text
        assert gone.full_name in listed
        assert there.full_name not in listed
        current = admin_client.get(reverse("admin:employees_employee_changelist"), {"employment": "current"}).text
        assert there.full_name in current
        assert gone.full_name not in current


def test_a_companys_new_zone_counts_at_once() -> None:
    where = company(STOCKHOLM)
    with at(EARLY_IN_HELSINKI):
        assert today_of(where) == date(2026, 11, 29)
        where.time_zone = HELSINKI
        where.save()
        assert today_of(Company.objects.get(pk=where.pk)) == date(2026, 11, 29) + timedelta(days=1)


def test_no_page_and_no_code_has_a_way_of_its_own_to_show_a_time_or_to_ask_for_today() -> None:
    """What looks a day or a time up without a company is the server's; these few are run where the zone is set."""
    found = set()
    for folder in ("employees", "absences", "integrations", "templates"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html", ".txt"} and not {"sandbox", "migrations"} & set(path.parts):
                text = path.read_text()
                if any(each in text for each in ("DATETIME_FORMAT", "localdate()", "date.today()")):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == {
        "employees/zones.py",
        # Checks of values, asked while a connection is compared or sent to: in its zone by then.
        "integrations/core/checks.py",
        "integrations/visma_payroll/checks.py",
    }


@pytest.mark.behaviour("G-26")
def test_for_somebody_new_today_follows_whom_the_address_or_the_form_chooses(admin_client: Client) -> None:
    company(HELSINKI)
    person = EmployeeFactory.create(company=company(NEW_YORK))
    for add, query in (
        ("absences_absence_add", {"employee": person.pk}),
        ("employees_employee_add", {"company": person.company_id}),
    ):
        page = reverse(f"admin:{add}")
        assert _offset(admin_client.get(page)) == _now_in(STOCKHOLM)
        assert _offset(admin_client.get(page, query)) == _now_in(NEW_YORK)
        # With an error the page comes back in the zone of whoever was chosen.
        assert _offset(admin_client.post(page, query)) == _now_in(NEW_YORK)
        assert _offset(admin_client.get(page, dict.fromkeys(query, "x"))) == _now_in(STOCKHOLM)


def test_a_search_for_a_person_or_a_company_says_what_today_follows(admin_client: Client) -> None:
    person = EmployeeFactory.create(company=company(NEW_YORK))
    for model, field in (("absences.absence", "employee"), ("employees.employee", "company")):
        app, _dot, name = model.partition(".")
        asked = {"app_label": app, "model_name": name, "field_name": field, "term": ""}
        (found,) = admin_client.get(reverse("admin:autocomplete"), asked).json()["results"]
        assert found["utc_offset"] == _now_in(NEW_YORK)
    assert person.company.time_zone == NEW_YORK


def test_the_history_of_a_person_says_whose_times_it_shows(admin_client: Client) -> None:
    company(HELSINKI)
    person = EmployeeFactory.create(company=company(NEW_YORK))
    page = admin_client.get(reverse("admin:employees_employee_history", args=[person.pk]))
    assert f"Times are those of the zone {NEW_YORK}." in " ".join(page.text.split())


def test_zones_are_named_in_one_place_alone() -> None:
    """A zone that the system's list has lost is the installation's there, and an error anywhere else."""
    own = {ROOT / "employees" / "zones.py"}
    files = (path for app in ("employees", "absences", "integrations") for path in (ROOT / app).rglob("*.py"))
    named = {path for path in files if "ZoneInfo(" in path.read_text() and "sandbox" not in path.parts}
    # A vendor's own zone is no company's.
    assert named - own == {ROOT / "integrations" / vendor / "unconfirmed.py" for vendor in ("fortnox", "visma_payroll")}
