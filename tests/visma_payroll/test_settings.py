from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations.visma_payroll.settings import VismaPayrollSettings


def test_accounts_abroad_are_not_sent_unless_the_setting_says_so() -> None:
    assert VismaPayrollSettings.from_mapping({}) == VismaPayrollSettings(international_accounts=False)
    assert VismaPayrollSettings.from_mapping(
        {"international_accounts": True, "create_people": 1}
    ).international_accounts


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_an_impossible_value_is_refused_by_the_name_of_its_setting(value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        VismaPayrollSettings.from_mapping({"international_accounts": value})
    assert set(refused.value.message_dict) == {"international_accounts"}
