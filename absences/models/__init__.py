from absences.models.absence import Absence
from absences.models.confirmed import ConfirmedDays
from absences.models.types import AbsenceType

__all__ = ["Absence", "AbsenceType", "ConfirmedDays"]
