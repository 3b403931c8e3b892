"""Two lists of people as plain dicts: what both sides of the comparison start from."""

import random
from typing import Final

# The first three are unique within a side, the first identifies a person.
NAMES: Final = (
    "work_email",
    "employment_id",
    "phone",
    "given_name",
    "family_name",
    "street",
    "postal_code",
    "city",
    "country",
    "birth_date",
    "first_workday",
    "last_workday",
    "title",
    "department",
    "clearing_number",
    "account_number",
)
CHANGED: Final = 0.05
ON_ONE_SIDE: Final = 0.01
CHANGEABLE: Final = NAMES[3:]

Person = dict[str, str]


def two_sides(people: int) -> tuple[list[Person], list[Person]]:
    """Return (left, right): of all people 5 % changed in one field, 1 % only on either side.

    The two lists share no text objects, as two systems' answers would not.
    """
    chance = random.Random(1)
    everybody_left, everybody_right = _people(people, side="left"), _people(people, side="right")
    for person in chance.sample(everybody_right, round(people * CHANGED)):
        person[chance.choice(CHANGEABLE)] += " changed"
    alone = round(people * ON_ONE_SIDE)
    return everybody_left[:-alone], everybody_right[alone:]


def _people(people: int, *, side: str) -> list[Person]:
    return [_person(index, side=side) for index in range(people)]


def _person(index: int, *, side: str) -> Person:
    return {
        "id": f"{side}-{index}",
        "work_email": f"Given.Family.{index}@example.se",
        "employment_id": str(10_000 + index),
        "phone": f"+4670{index:07d}",
        "given_name": f"Given {index}",
        "family_name": f"Family {index}",
        "street": f"Storgatan {index}",
        "postal_code": f"{10_000 + index % 90_000} ",
        "city": f"City {index % 300}",
        "country": f"S{'E'}",
        "birth_date": f"19{50 + index % 50}-01-{1 + index % 28:02d}",
        "first_workday": f"20{index % 20:02d}-02-{1 + index % 28:02d}",
        "last_workday": f"20{30 + index % 20}-03-{1 + index % 28:02d}",
        "title": f"Title {index % 100}",
        "department": f"Department {index % 40}",
        "clearing_number": f"{8000 + index % 1000}",
        "account_number": f"{index:010d}",
    }
