"""The Norwegian demo company's people, by the recipe in docs/demo-people.md; the sandbox shares no code with this."""

from datetime import date, timedelta

from stdnum import iban as ibans
from stdnum.no import fodselsnummer, kontonr

from employees.demo_people import DEPARTMENTS, LEFT_ON, TITLES, DemoPerson

_GIVEN_NAMES = """
Anne Jan Inger Per Kari Bjørn Marit Ole Liv Lars Ida Kjell Astrid Knut Solveig Svein Berit Arne Randi Hans Silje Geir
Hilde Tor Ingrid Morten Nina Terje Elin Odd Bente Erik Heidi John Tone Martin Åse Håkon Sunniva Øystein
"""
_FAMILY_NAMES = """
Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen Berg Haugen
Hagen Johannessen Andreassen Jacobsen Dahl Jørgensen Halvorsen Henriksen Lund Sørensen Jakobsen Moen Gundersen Iversen
Strand Solberg Svendsen Eide Knutsen Martinsen Paulsen Bakken Kristoffersen Mathisen Lie Amundsen Nguyen Rasmussen
Solheim Lien Nygård Bakke Moe Fossum Ødegård
"""
_STREETS = """
Storgata, Kirkegata, Kongens gate, Dronningens gate, Skolegata, Strandgata, Jernbanegata, Nygata, Parkveien,
Ringveien, Bjørkeveien, Granveien, Furuveien, Eikeveien, Lindeveien, Roseveien, Solveien, Skogveien, Engveien,
Sjøveien, Havnegata, Østre gate, Vestre gate, Nordre gate, Søndre gate, Fjellveien, Markveien, Toppenveien, Åsveien,
Elvegata
"""
_CITIES = """
0150 Oslo; 5003 Bergen; 7010 Trondheim; 4006 Stavanger; 9008 Tromsø; 3015 Drammen; 1606 Fredrikstad; 4611
Kristiansand; 6003 Ålesund; 8006 Bodø; 3117 Tønsberg; 1530 Moss; 5528 Haugesund; 3211 Sandefjord; 4836 Arendal; 2317
Hamar; 2609 Lillehammer; 6413 Molde; 9510 Alta; 7600 Levanger
"""
GIVEN_NAMES = _GIVEN_NAMES.split()
FAMILY_NAMES = _FAMILY_NAMES.split()
STREETS = " ".join(_STREETS.split()).split(", ")
CITIES = " ".join(_CITIES.split()).split("; ")
STARTS_LATER = date(2030, 1, 1)
SWEDISH_BANK = "ESSESESS"
NATIONAL_ID_DIGITS = 11
_FOLDED = str.maketrans("åøæ", "aoa")


def derive_norwegian(*, index: int, seed: int) -> DemoPerson:
    given_name = GIVEN_NAMES[(7 * index + seed) % len(GIVEN_NAMES)]
    family_name = FAMILY_NAMES[(index // 40 + 11 * index + 3 * seed) % len(FAMILY_NAMES)]
    local_part = f"{given_name}.{family_name}.{index}".lower().translate(_FOLDED)
    birth_date = date(1955, 1, 1) + timedelta(days=37 * index % 12_000)
    postal_code, _space, city = CITIES[(index + seed) % len(CITIES)].partition(" ")
    has_swedish_account = index % 50 == 19
    return DemoPerson(
        given_name=given_name,
        family_name=family_name,
        work_email=f"{local_part}@example.no",
        private_email=f"{local_part}@privat.example.no",
        work_phone=f"+47{40_000_000 + index}",
        private_phone=f"+47{90_000_000 + index}",
        birth_date=birth_date,
        national_id=_national_id(index, birth_date),
        street=f"{STREETS[(13 * index + seed) % len(STREETS)]} {1 + index % 120}",
        postal_code=postal_code,
        city=city,
        first_workday=STARTS_LATER if index % 50 == 33 else date(2010, 1, 1) + timedelta(days=13 * index % 5_000),
        last_workday=LEFT_ON if index % 50 == 17 else None,
        clearing_number="",
        account_number="" if has_swedish_account else _account_number(index),
        department=DEPARTMENTS[index % len(DEPARTMENTS)],
        title=TITLES[index % len(TITLES)],
        country="NO",
        employment_id=str(1000 + index),
        iban=_swedish_iban(index) if has_swedish_account else "",
        bic=SWEDISH_BANK if has_swedish_account else "",
    )


def _national_id(index: int, birth_date: date) -> str:
    """Eleven digits, a D-number for some; the first individual number that has both check digits."""
    day = birth_date.day + (40 if index % 50 == 21 else 0)
    for individual in range(900 + index // 12_000, 1000, 9):
        digits = f"{day:02d}{birth_date:%m%y}{individual}"
        first = fodselsnummer.calc_check_digit1(digits)
        whole = digits + first + fodselsnummer.calc_check_digit2(digits + first)
        # A check digit of ten makes it longer.
        if len(first) == 1 and len(whole) == NATIONAL_ID_DIGITS:
            return whole
    raise AssertionError(index)


def _account_number(index: int) -> str:
    """Eleven digits; where the check digit would be ten, the next number has another."""
    for body in (f"1234{2 * index:06d}", f"1234{2 * index + 1:06d}"):
        for digit in "0123456789":
            if kontonr.is_valid(body + digit):
                return body + digit
    raise AssertionError(index)


def _swedish_iban(index: int) -> str:
    number = f"500{index:017d}"
    return f"SE{ibans.calc_check_digits(f'SE00{number}')}{number}"
