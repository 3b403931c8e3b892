from absences.models.absence import Absence
from absences.models.types import AbsenceType

__all__ = ["Absence", "AbsenceType"]
