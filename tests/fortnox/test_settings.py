from typing import Any

import pytest
from django.core.exceptions import ValidationError

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
