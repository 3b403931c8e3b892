from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations.fortnox.absence_rules import TransferSettings
from integrations.fortnox.settings import FortnoxSettings


def test_a_connection_without_settings_has_the_defaults() -> None:
    expected = FortnoxSettings(
        employment_form="TV", salary_form="MAN", personnel_type="TJM", schedule_id="", phone_source="work_phone"
    )
    assert FortnoxSettings.from_mapping({}) == expected


def test_settings_of_others_are_not_read() -> None:
    assert FortnoxSettings.from_mapping({"create_people": True, "schedule_id": "HEL"}).schedule_id == "HEL"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("employment_form", "ABC"),
        ("salary_form", "man"),
        ("personnel_type", ""),
        ("phone_source", "mobile"),
        ("schedule_id", "ELEVEN-LONG"),
        ("payroll_closed_to", "31/1"),
        ("payroll_closed_to", "20260131"),
    ],
)
def test_an_impossible_value_is_refused_by_the_name_of_its_setting(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        FortnoxSettings.from_mapping({name: value})
    assert set(refused.value.message_dict) == {name}


def test_all_impossible_values_are_named_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        FortnoxSettings.from_mapping({"employment_form": "X", "salary_form": "Y"})
    assert set(refused.value.message_dict) == {"employment_form", "salary_form"}


@pytest.mark.behaviour("FX-03")
def test_absences_are_not_created_before_somebody_switches_it_on() -> None:
    assert FortnoxSettings.from_mapping({}).transfer == TransferSettings(
        create_absences=False, closed_to=None, send_days_without_hours=True, hold_without_hours=False
    )


def test_the_rules_of_absences_get_the_settings_in_their_own_kinds() -> None:
    stored = {"create_absences": True, "payroll_closed_to": "2026-01-31", "send_days_without_hours": False}

    assert FortnoxSettings.from_mapping(stored).transfer == TransferSettings(
        create_absences=True, closed_to=date(2026, 1, 31), send_days_without_hours=False
    )


@pytest.mark.parametrize("value", ["False", "no", 1, None])
def test_a_switch_is_on_only_where_it_was_switched_on(value: Any) -> None:
    assert FortnoxSettings.from_mapping({"create_absences": value}).create_absences is False
