"""Fortnox's causes of absence (pure): a company renames them, and has no others. No endpoint lists them.

The codes and meanings are those of Fortnox's description of absence transactions, which lists most and names the others
in its text; FRX, OS6 and OS7 are not published (``unconfirmed``).
"""

from collections.abc import Mapping
from typing import Final

CAUSES: Final[Mapping[str, str]] = {
    "ASK": "Arbetsskada",
    "FPE": "Föräldraledig",
    "FRA": "Frånvaro övrigt",
    "HAV": "Graviditetspenning",
    "KOM": "Kompledig",
    "MIL": "Militärtjänst",
    "NAR": "Närståendevård",
    "OS1": "Sjuk-OB 1",
    "OS2": "Sjuk-OB 2",
    "OS3": "Sjuk-OB 3",
    "OS4": "Sjuk-OB 4",
    "OS5": "Sjuk-OB 5",
    "PAP": "Pappadagar",
    "PEM": "Permission",
    "PER": "Permitterad",
    "SEM": "Semester",
    "SJK": "Sjukfrånvaro",
    "SMB": "Smittbärare",
    "SVE": "Svenska för invandrare",
    "TJL": "Tjänstledig",
    "UTB": "Facklig utbildning",
    "VAB": "Vård av barn",
    "ATF": "Arbetstidsförkortning",
    "FRX": "Flextid −",
    "OS6": "Sjuk-OB 6",
    "OS7": "Sjuk-OB 7",
}
# Other codes of the same causes, as files of another format (PAXml) write them.
ALIASES: Final[Mapping[str, str]] = {"FR1": "FRA", "NÄR": "NAR", "FAC": "UTB"}
# By the code of the hub's type; sick leave and self certification are one cause at Fortnox (FX-04).
PROPOSALS: Final[Mapping[str, str]] = {
    "sick_leave": "SJK",
    "self_certification": "SJK",
    "care_of_sick_child": "VAB",
    "care_of_relative": "NAR",
    "work_injury": "ASK",
    "disease_carrier": "SMB",
    "parental_leave": "FPE",
    "birth_of_child": "PAP",
    "pregnancy_benefit": "HAV",
    "vacation": "SEM",
    "time_in_lieu": "KOM",
    "paid_leave": "PEM",
    "leave_of_absence": "TJL",
    "military_service": "MIL",
    "layoff": "PER",
    "other_absence": "FRA",
}


def same_cause(code: str) -> str:
    """Return the code by which causes are compared."""
    return ALIASES.get(code, code)


def cause_name(code: str) -> str:
    """Return “Sjukfrånvaro (SJK)”; a code that is not known stands for itself."""
    name = CAUSES.get(same_cause(code))
    return f"{name} ({code})" if name else code
