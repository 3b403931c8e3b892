"""An approved absence reaches Fortnox, and follows what is changed in the hub (FX-03, FX-10 to FX-12, G-07)."""

import pytest

from absences.models import Absence
from integrations.core.models import Delivery
from tests.fortnox.absences.transferred import MONDAY, WEEK, Transferred, edit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.behaviour("FX-10")
@pytest.mark.behaviour("G-07")
def test_an_approved_absence_becomes_one_row_per_day(both: Transferred) -> None:
    employee = both.begin()

    absence = both.absence(employee)
    both.push()

    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert both.line(absence) == "in Fortnox: 5 days, 5 with hours, Sjukfrånvaro (SJK)"
    assert both.marks() == []
    assert both.lists() == 1
