"""The demo company's people: everything about a person follows from an index and a seed.

The recipe stands in docs/demo-people.md. The sandbox derives the same people from that text, sharing no code.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from stdnum import luhn

_GIVEN_NAMES = """
Anna Erik Maria Lars Karin Karl Eva Anders Lena Johan Kristina Per Sara Nils Emma Jan Ingrid Mikael Elisabeth Hans
Birgitta Lennart Marie Peter Linnea Gunnar Margareta Olof Sofia Fredrik Helena Sven Åsa Björn Ulrika Göran Malin
Mårten Viktoria Håkan
"""
_FAMILY_NAMES = """
Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson Jansson
Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Lindström Olofsson Lindqvist Lindgren Berg Axelsson Bergström
Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg Sjöberg Wallin Engström
Eklund Danielsson Lundin Håkansson Björk Bergman Gunnarsson Holm Wikström Samuelsson Åberg
"""
_STREETS = (
    "Storgatan, Kungsgatan, Drottninggatan, Vasagatan, Skolgatan, Kyrkogatan, Järnvägsgatan, Nygatan, Trädgårdsgatan, "
    "Ringvägen, Björkvägen, Granvägen, Tallvägen, Ekvägen, Lindvägen, Rosenvägen, Parkvägen, Skogsvägen, Ängsvägen, "
    "Sjövägen, Hamngatan, Östra Långgatan, Västra Esplanaden, Norra Strandgatan, Södra Vägen, Karlavägen, Sveavägen, "
    "Odengatan, Linnégatan, Slottsgatan"
)
_CITIES = (
    "11122 Stockholm, 41115 Göteborg, 21122 Malmö, 75320 Uppsala, 58222 Linköping, 70361 Örebro, 72212 Västerås, "
    "25221 Helsingborg, 60232 Norrköping, 55316 Jönköping, 90326 Umeå, 22222 Lund, 50332 Borås, 63220 Eskilstuna, "
    "80320 Gävle, 85230 Sundsvall, 30243 Halmstad, 65224 Karlstad, 35233 Växjö, 97231 Luleå"
)
GIVEN_NAMES = _GIVEN_NAMES.split()
FAMILY_NAMES = _FAMILY_NAMES.split()
STREETS = _STREETS.split(", ")
CITIES = _CITIES.split(", ")
DEPARTMENTS = ("Operations", "Sales", "Finance", "Customer service", "Technology", "People and culture")
TITLES = ("Coordinator", "Account manager", "Payroll specialist", "Adviser", "Software developer", "HR partner")

CLEARING_NUMBER = "5439"
LEFT_ON = date(2024, 6, 30)
MOST_PEOPLE = 100_000
_FOLDED = str.maketrans("åäöé", "aaoe")
_WEIGHTS = range(10, 1, -1)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person as the hub holds them; phones are E.164, the national ID is written without a hyphen."""

    given_name: str
    family_name: str
    work_email: str
    private_email: str
    work_phone: str
    private_phone: str
    birth_date: date
    national_id: str
    street: str
    postal_code: str
    city: str
    first_workday: date
    last_workday: date | None
    clearing_number: str
    account_number: str
    department: str
    title: str
    country: str = "SE"
    employment_id: str = ""
    iban: str = ""
    bic: str = ""


def is_in_hub(index: int) -> bool:
    """One person in fifty is only at the vendor."""
    return index % 50 != 29


def derive_person(*, index: int, seed: int) -> DemoPerson:
    given_name = GIVEN_NAMES[(7 * index + seed) % len(GIVEN_NAMES)]
    family_name = FAMILY_NAMES[(index // 40 + 11 * index + 3 * seed) % len(FAMILY_NAMES)]
    local_part = f"{given_name}.{family_name}.{index}".lower().translate(_FOLDED)
    birth_date = date(1955, 1, 1) + timedelta(days=37 * index % 12_000)
    postal_code, _space, city = CITIES[(index + seed) % len(CITIES)].partition(" ")
    return DemoPerson(
        given_name=given_name,
        family_name=family_name,
        work_email=f"{local_part}@example.se",
        private_email=f"{local_part}@privat.example.se",
        work_phone=f"+46701740{605 + index}" if index < 95 else f"+4670{2_000_000 + index}",
        private_phone=f"+4672{2_000_000 + index}",
        birth_date=birth_date,
        national_id=_national_id(index, birth_date),
        street=f"{STREETS[(13 * index + seed) % len(STREETS)]} {1 + index % 120}",
        postal_code=postal_code,
        city=city,
        first_workday=date(2010, 1, 1) + timedelta(days=13 * index % 5_000),
        last_workday=LEFT_ON if index % 50 == 17 else None,
        clearing_number=CLEARING_NUMBER,
        account_number=_account_number(index),
        department=DEPARTMENTS[index % len(DEPARTMENTS)],
        title=TITLES[index % len(TITLES)],
    )


def _national_id(index: int, birth_date: date) -> str:
    digits = f"{birth_date:%y%m%d}{980 + index // 12_000}"
    return digits + str(luhn.calc_check_digit(digits))


def _account_number(index: int) -> str:
    """Seven digits; where the check digit would be ten, the next number has another."""
    for body in (f"{2 * index:06d}", f"{2 * index + 1:06d}"):
        weighed = zip(_WEIGHTS, CLEARING_NUMBER[1:] + body, strict=True)
        check_digit = -sum(weight * int(digit) for weight, digit in weighed) % 11
        if check_digit < 10:
            break
    return f"{body}{check_digit}"
