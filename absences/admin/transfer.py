"""Import and export on the list of absences."""

from typing import Any

from django.http import HttpRequest

from absences.models import Absence
from absences.transfer.columns import ABSENCES
from absences.transfer.kind import ABSENCES_IMPORT
from employees.admin.file_transfer import FileTransferAdmin
from employees.transfer.resources import resource_of

AbsenceResource = resource_of("AbsenceResource", ABSENCES.columns, model=Absence, related=("employee", "type"))


class AbsenceTransferAdmin(FileTransferAdmin):
    """Whoever may not see everybody exports the own team's: the exported absences are those that the list shows."""

    import_kind = ABSENCES_IMPORT

    def get_export_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [AbsenceResource]
