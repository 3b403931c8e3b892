"""The Norwegian demo people, derived from an index and a seed alone by the recipe in docs/demo-people.md."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

LARGEST = 100_000
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
_STREETS = (
    "Storgata, Kirkegata, Kongens gate, Dronningens gate, Skolegata, Strandgata, Jernbanegata, Nygata, Parkveien,"
    " Ringveien, Bjørkeveien, Granveien, Furuveien, Eikeveien, Lindeveien, Roseveien, Solveien, Skogveien, Engveien,"
    " Sjøveien, Havnegata, Østre gate, Vestre gate, Nordre gate, Søndre gate, Fjellveien, Markveien, Toppenveien,"
    " Åsveien, Elvegata"
)
_CITIES = (
    "0150 Oslo, 5003 Bergen, 7010 Trondheim, 4006 Stavanger, 9008 Tromsø, 3015 Drammen, 1606 Fredrikstad,"
    " 4611 Kristiansand, 6003 Ålesund, 8006 Bodø, 3117 Tønsberg, 1530 Moss, 5528 Haugesund, 3211 Sandefjord,"
    " 4836 Arendal, 2317 Hamar, 2609 Lillehammer, 6413 Molde, 9510 Alta, 7600 Levanger"
)
GIVEN_NAMES = tuple(_GIVEN_NAMES.split())
FAMILY_NAMES = tuple(_FAMILY_NAMES.split())
STREETS = tuple(_STREETS.split(", "))
CITIES = tuple(_CITIES.split(", "))
FOLDED = str.maketrans({"å": "a", "ø": "o", "æ": "ae"})
WEIGHTS = ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))


@dataclass(frozen=True)
class Norwegian:
    index: int
    given_name: str
    family_name: str
    email: str
    phone: str  # E.164
    birth_date: date
    national_id: str  # eleven digits; a D-number where the index says so
    street: str
    postal_code: str
    city: str
    number: str
    account: str  # eleven digits; empty: none
    iban: str  # a Swedish one, instead of the account
    first_workday: date
    last_workday: date | None


def people_at_visma(*, people: int, seed: int) -> Iterator[Norwegian]:
    """Yield Visma's side of the people with the indexes 0 … people - 1. Raises ValueError."""
    if not 0 <= people <= LARGEST:
        raise ValueError(f"There are from 0 to {LARGEST} people.")
    if seed < 0:
        raise ValueError("The seed is 0 or more.")
    for index in range(people):
        if index % 50 != 23:  # only in the hub
            yield _as_visma_has_it(norwegian(index, seed), seed)


def norwegian(index: int, seed: int) -> Norwegian:
    """Return the person as both sides know them, before the differences."""
    postal_code, _, city = CITIES[(index + seed) % 20].partition(" ")
    born = date(1955, 1, 1) + timedelta(days=37 * index % 12_000)
    starts_later = index % 50 == 33
    return Norwegian(
        index=index,
        given_name=GIVEN_NAMES[(7 * index + seed) % 40],
        family_name=family_name(index, seed),
        email=_email(index, seed, "example.no"),
        phone=f"+47{40_000_000 + index}",
        birth_date=born,
        national_id=_national_id(index, born),
        street=f"{STREETS[(13 * index + seed) % 30]} {1 + index % 120}",
        postal_code=postal_code,
        city=city,
        number=str(1000 + index),
        account="" if index % 50 == 19 else _account(index),
        iban=_swedish_iban(index) if index % 50 == 19 else "",
        first_workday=date(2030, 1, 1) if starts_later else date(2010, 1, 1) + timedelta(days=13 * index % 5000),
        last_workday=date(2024, 6, 30) if index % 50 == 17 else None,
    )


def family_name(index: int, seed: int, *, further: int = 0) -> str:
    return FAMILY_NAMES[(index // 40 + 11 * index + 3 * seed + further) % 50]


def _as_visma_has_it(known: Norwegian, seed: int) -> Norwegian:
    index = known.index
    changes: dict[str, object] = {}
    if index % 20 == 3:
        changes["phone"] = f"+47{41_000_000 + index}"
    if index % 20 == 5:
        changes["account"] = ""
    if index % 20 == 7:
        changes["family_name"] = family_name(index, seed, further=1)
    if index % 50 == 11:
        changes["email"] = _email(index - 1, seed, "example.no")
    if index % 50 == 13:
        changes["email"] = _email(index, seed, "privat.example.no")
    if index % 50 == 15:
        changes["number"] = f"2026{index:09d}"
    if index % 50 == 43:
        changes["first_workday"] = known.first_workday + timedelta(days=1)
    return replace(known, **changes)  # type: ignore[arg-type]


def _email(index: int, seed: int, domain: str) -> str:
    name = f"{GIVEN_NAMES[(7 * index + seed) % 40]}.{family_name(index, seed)}"
    return f"{name}.{index}@{domain}".lower().translate(FOLDED)


def _national_id(index: int, born: date) -> str:
    """Eleven digits; the individual number is the first of its row that has both check digits."""
    day = born.day + (40 if index % 50 == 21 else 0)
    for individual in range(900 + index // 12_000, 1000, 9):
        digits = f"{day:02d}{born:%m%y}{individual}"
        for weights in WEIGHTS:
            check = -sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
            digits += str(check)
        # A check digit of ten makes it longer.
        if len(digits) == 11:
            return digits
    raise AssertionError("Eleven tries always find one.")


def _account(index: int) -> str:
    for body in (f"1234{2 * index:06d}", f"1234{2 * index + 1:06d}"):
        check = -sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS[1], strict=True)) % 11
        if check < 10:
            return f"{body}{check}"
    raise AssertionError("One of two neighbours always has a check digit.")


def _swedish_iban(index: int) -> str:
    number = f"500{index:017d}"
    # S is 28, E is 14: the country and two zeros go behind the number.
    return f"SE{98 - int(f'{number}281400') % 97:02d}{number}"
