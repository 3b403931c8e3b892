from absences.admin.absence import AbsenceAdmin
from absences.admin.types import AbsenceTypeAdmin

__all__ = ["AbsenceAdmin", "AbsenceTypeAdmin"]
