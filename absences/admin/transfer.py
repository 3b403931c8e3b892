"""Import and export on the list of absences."""

from typing import Any, Final

from django.http import HttpRequest

from absences.kinds import kind_reader
from absences.models import Absence
from absences.transfer.columns import ABSENCES, KINDS
from absences.transfer.kind import ABSENCES_IMPORT
from employees.admin.file_transfer import FileTransferAdmin
from employees.transfer.resources import resource_of

RELATED: Final = ("employee__company", "type")
AbsenceResource = resource_of("AbsenceResource", ABSENCES.columns, model=Absence, related=RELATED)
# For readers of days alone.
AbsenceResourceWithoutKinds = resource_of(
    "AbsenceResourceWithoutKinds",
    [column for column in ABSENCES.columns if column.name not in KINDS],
    model=Absence,
    related=RELATED,
)


class AbsenceTransferAdmin(FileTransferAdmin):
    """Whoever may not see everybody exports the own team's: the exported absences are those that the list shows."""

    import_kind = ABSENCES_IMPORT

    def get_export_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [AbsenceResource if kind_reader().reads_all else AbsenceResourceWithoutKinds]
