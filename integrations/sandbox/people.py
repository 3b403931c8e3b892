"""The demo people, derived from an index and a seed alone; the hub's demo derives the same people by its own code.

Person and differences follow one written recipe, so that both sides hold equal people except for a known share:
other phone, missing bank account, changed surname, shared or private e-mail, ended, only here, only there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

LARGEST = 100_000
GIVEN_NAMES = (
    "Anna",
    "Erik",
    "Maria",
    "Lars",
    "Karin",
    "Karl",
    "Eva",
    "Anders",
    "Lena",
    "Johan",
    "Kristina",
    "Per",
    "Sara",
    "Nils",
    "Emma",
    "Jan",
    "Ingrid",
    "Mikael",
    "Elisabeth",
    "Hans",
    "Birgitta",
    "Lennart",
    "Marie",
    "Peter",
    "Linnea",
    "Gunnar",
    "Margareta",
    "Olof",
    "Sofia",
    "Fredrik",
    "Helena",
    "Sven",
    "Åsa",
    "Björn",
    "Ulrika",
    "Göran",
    "Malin",
    "Mårten",
    "Viktoria",
    "Håkan",
)
FAMILY_NAMES = (
    "Andersson",
    "Johansson",
    "Karlsson",
    "Nilsson",
    "Eriksson",
    "Larsson",
    "Olsson",
    "Persson",
    "Svensson",
    "Gustafsson",
    "Pettersson",
    "Jonsson",
    "Jansson",
    "Hansson",
    "Bengtsson",
    "Jönsson",
    "Lindberg",
    "Jakobsson",
    "Magnusson",
    "Lindström",
    "Olofsson",
    "Lindqvist",
    "Lindgren",
    "Berg",
    "Axelsson",
    "Bergström",
    "Lundberg",
    "Lind",
    "Lundgren",
    "Lundqvist",
    "Mattsson",
    "Berglund",
    "Fredriksson",
    "Sandberg",
    "Henriksson",
    "Forsberg",
    "Sjöberg",
    "Wallin",
    "Engström",
    "Eklund",
    "Danielsson",
    "Lundin",
    "Håkansson",
    "Björk",
    "Bergman",
    "Gunnarsson",
    "Holm",
    "Wikström",
    "Samuelsson",
    "Åberg",
)
STREETS = (
    "Storgatan",
    "Kungsgatan",
    "Drottninggatan",
    "Vasagatan",
    "Skolgatan",
    "Kyrkogatan",
    "Järnvägsgatan",
    "Nygatan",
    "Trädgårdsgatan",
    "Ringvägen",
    "Björkvägen",
    "Granvägen",
    "Tallvägen",
    "Ekvägen",
    "Lindvägen",
    "Rosenvägen",
    "Parkvägen",
    "Skogsvägen",
    "Ängsvägen",
    "Sjövägen",
    "Hamngatan",
    "Östra Långgatan",
    "Västra Esplanaden",
    "Norra Strandgatan",
    "Södra Vägen",
    "Karlavägen",
    "Sveavägen",
    "Odengatan",
    "Linnégatan",
    "Slottsgatan",
)
CITIES = (
    ("11122", "Stockholm"),
    ("41115", "Göteborg"),
    ("21122", "Malmö"),
    ("75320", "Uppsala"),
    ("58222", "Linköping"),
    ("70361", "Örebro"),
    ("72212", "Västerås"),
    ("25221", "Helsingborg"),
    ("60232", "Norrköping"),
    ("55316", "Jönköping"),
    ("90326", "Umeå"),
    ("22222", "Lund"),
    ("50332", "Borås"),
    ("63220", "Eskilstuna"),
    ("80320", "Gävle"),
    ("85230", "Sundsvall"),
    ("30243", "Halmstad"),
    ("65224", "Karlstad"),
    ("35233", "Växjö"),
    ("97231", "Luleå"),
)
FOLDED = str.maketrans("åäöé", "aaoe")


@dataclass(frozen=True)
class Person:
    index: int
    given_name: str
    family_name: str
    email: str
    phone: str  # E.164
    national_id: str  # ten digits
    street: str
    postal_code: str  # five digits
    city: str
    first_workday: date
    last_workday: date | None
    clearing_number: str  # empty: no bank account
    account_number: str
    street_in_second_line: bool = False


def people_at_vendor(*, people: int, seed: int) -> Iterator[Person]:
    """Yield the vendor's side of the people with the indexes 0 … people - 1. Raises ValueError."""
    if not 0 <= people <= LARGEST:
        raise ValueError(f"There are from 0 to {LARGEST} people.")
    if seed < 0:
        raise ValueError("The seed is 0 or more.")
    for index in range(people):
        if index % 50 != 23:  # only in the hub
            yield _as_vendor_has_it(person(index, seed), seed)


def person(index: int, seed: int) -> Person:
    """Return the person as both sides know them, before the differences."""
    given_name = GIVEN_NAMES[(7 * index + seed) % 40]
    family_name = FAMILY_NAMES[(index // 40 + 11 * index + 3 * seed) % 50]
    postal_code, city = CITIES[(index + seed) % 20]
    return Person(
        index=index,
        given_name=given_name,
        family_name=family_name,
        email=_email(index, seed, "example.se"),
        phone=f"+46701740{605 + index}" if index < 95 else f"+4670{2_000_000 + index}",
        national_id=_national_id(index),
        street=f"{STREETS[(13 * index + seed) % 30]} {1 + index % 120}",
        postal_code=postal_code,
        city=city,
        first_workday=date(2010, 1, 1) + timedelta(days=13 * index % 5000),
        last_workday=date(2024, 6, 30) if index % 50 == 17 else None,
        clearing_number="5439",
        account_number=_account_number(index),
    )


def _as_vendor_has_it(known: Person, seed: int) -> Person:
    index = known.index
    changes: dict[str, object] = {}
    if index % 20 == 3:
        changes["phone"] = f"+4673{2_000_000 + index}"
    if index % 20 == 5:
        changes.update(clearing_number="", account_number="")
    if index % 20 == 7:
        changes["family_name"] = FAMILY_NAMES[(index // 40 + 11 * index + 3 * seed + 1) % 50]
    if index % 50 == 11:
        changes["email"] = _email(index - 1, seed, "example.se")
    if index % 50 == 13:
        changes["email"] = _email(index, seed, "privat.example.se")
    if index % 50 == 31:
        changes["street_in_second_line"] = True
    return replace(known, **changes)  # type: ignore[arg-type]


def _email(index: int, seed: int, domain: str) -> str:
    given_name = GIVEN_NAMES[(7 * index + seed) % 40]
    family_name = FAMILY_NAMES[(index // 40 + 11 * index + 3 * seed) % 50]
    return f"{given_name}.{family_name}.{index}@{domain}".lower().translate(FOLDED)


def _national_id(index: int) -> str:
    born = date(1955, 1, 1) + timedelta(days=37 * index % 12_000)
    nine = f"{born:%y%m%d}{980 + index // 12_000}"
    doubled = "".join(str(int(digit) * (2 - position % 2)) for position, digit in enumerate(nine))
    return f"{nine}{(10 - sum(map(int, doubled)) % 10) % 10}"


def _account_number(index: int) -> str:
    for body in (f"{2 * index:06d}", f"{2 * index + 1:06d}"):
        weighted = sum(int(digit) * weight for digit, weight in zip("439" + body, range(10, 1, -1), strict=True))
        check = (11 - weighted % 11) % 11
        if check < 10:
            return f"{body}{check}"
    raise AssertionError("One of two neighbours always has a check digit.")
