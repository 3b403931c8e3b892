from typing import Final

from django.utils.translation import gettext_lazy as _

from absences.models import Absence
from absences.transfer.columns import ABSENCES, general_rules
from absences.transfer.planning import plan_absences
from absences.transfer.reaching import reach_of_absences, workdays_of
from absences.transfer.writing import write_absences
from employees.transfer.kinds import ImportKind, Words

ABSENCES_IMPORT: Final = ImportKind(
    name="absences",
    columns=ABSENCES,
    plan=plan_absences,
    write=write_absences,
    rights=("absences.add_absence", "absences.change_absence", "absences.see_everybody"),
    page="admin:absences_absence",
    words=Words(
        title=_("Import absences"),
        record=_("Absence"),
        new=_("New absences"),
        changed=_("Changed absences"),
        unchanged=_("Unchanged absences"),
        back=_("Back to the absences"),
    ),
    rules=general_rules,
    leaves_out_asked=False,
    asking=_(
        "Absences with days outside the employment are imported in any case. They go to payroll systems only once"
        " somebody says that these days are right, here or on each absence's page:"
    ),
    reach=reach_of_absences,
    model=Absence,
    person="employee_id",
    beside=workdays_of,
)
