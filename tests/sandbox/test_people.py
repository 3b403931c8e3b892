import re
from collections import Counter

import pytest

from integrations.sandbox.people import person
from tests.sandbox.fortnox_caller import FortnoxCaller
from tests.sandbox_client import SandboxClient


def _seeded(sandbox: SandboxClient, *, people: int, seed: int = 1) -> dict[int, dict[str, str]]:
    """Return the employees by their index in the recipe."""
    sandbox.seed(people=people, seed=seed)
    return {int(record["EmployeeId"]) - 1000: record for record in sandbox.state("fortnox", "employees")}


def test_same_seed_gives_the_same_people(sandbox: SandboxClient) -> None:
    assert _seeded(sandbox, people=200, seed=7) == _seeded(sandbox, people=200, seed=7)


def test_another_seed_gives_other_people(sandbox: SandboxClient) -> None:
    assert _seeded(sandbox, people=200, seed=7) != _seeded(sandbox, people=200, seed=8)


def test_more_people_begin_with_the_same_ones(sandbox: SandboxClient) -> None:
    few = _seeded(sandbox, people=60)
    assert few.items() <= _seeded(sandbox, people=120).items()


def test_first_person_follows_the_recipe(sandbox: SandboxClient) -> None:
    person = _seeded(sandbox, people=1, seed=0)[0]
    assert person["FullName"] == "Anna Andersson"
    assert person["Email"] == "anna.andersson.0@example.se"
    assert person["Phone1"] == "070-174 06 05"
    assert person["PersonalIdentityNumber"] == "5501019805"
    assert (person["Address1"], person["PostCode"], person["City"]) == ("Storgatan 1", "111 22", "Stockholm")
    assert person["EmploymentDate"] == "2010-01-01"
    assert (person["ClearingNo"], person["BankAccountNo"]) == ("5439", "0000004")


@pytest.mark.parametrize(
    ("index", "seed", "known"),
    [
        (1, 1, "Lena Bengtsson 5502079808 Lindvägen 2 21122 Malmö 2010-01-14 0000020"),
        (95, 1, "Margareta Andersson 6408169800 Järnvägsgatan 96 30243 Halmstad 2013-05-20 0001906"),
        (1234, 1, "Håkan Persson 8106119806 Norra Strandgatan 35 85230 Sundsvall 2012-11-08 0024698"),
        (99_999, 1, "Ulrika Lundin 6511079888 Linnégatan 40 11122 Stockholm 2023-08-28 1999986"),
        (3, 7, "Sofia Eriksson 5504229807 Parkvägen 4 90326 Umeå 2010-02-09 0000063"),
    ],
)
def test_people_are_the_recipes_worked_examples(index: int, seed: int, known: str) -> None:
    found = person(index, seed)
    told = (found.given_name, found.family_name, found.national_id, found.street, found.postal_code, found.city)
    assert " ".join((*told, str(found.first_workday), found.account_number)) == known


def test_account_number_avoids_the_check_digit_ten() -> None:
    assert [person(index, 1).account_number for index in (4, 21, 28)] == ["0000098", "0000438", "0000578"]


def test_each_share_differs_in_its_way(sandbox: SandboxClient) -> None:
    people = _seeded(sandbox, people=50, seed=0)
    assert people[3]["Phone1"] == "+46732000003"
    assert (people[5]["ClearingNo"], people[5]["BankAccountNo"]) == ("", "")
    assert people[7]["LastName"].lower() not in people[7]["Email"].translate(str.maketrans("åäö", "aao"))
    assert people[11]["Email"] == people[10]["Email"]
    assert people[13]["Email"].endswith("@privat.example.se")
    assert people[17]["EmployedTo"] == "2024-06-30"
    assert 23 not in people
    assert 29 in people
    assert (people[31]["Address1"], bool(people[31]["Address2"])) == ("", True)


def test_spellings_vary_as_people_write(sandbox: SandboxClient) -> None:
    people = _seeded(sandbox, people=200).values()
    phones = Counter(bool(re.fullmatch(r"07\d-\d{3} \d\d \d\d", person["Phone1"])) for person in people)
    postal_codes = Counter(" " in person["PostCode"] for person in people)
    assert min(phones[True], phones[False]) > 50
    assert min(postal_codes[True], postal_codes[False]) > 50
    assert {person["Country"] for person in people} == {"Sverige", "Sweden", "SE"}
    assert any("  " in person["FullName"] for person in people)


def test_100_000_people_are_paged_through(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=100_000)
    sandbox.limits(requests=1000, seconds=1)
    seen: set[str] = set()
    for page in range(1, 197):
        seen.update(row["EmployeeId"] for row in fortnox.get("employees", page=page, limit=500).json()["Employees"])
    assert held == 98_000
    assert len(seen) == held
