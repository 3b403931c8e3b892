from typing import Any

import pytest
from schwifty import IBAN
from stdnum.no import fodselsnummer, kontonr

from integrations.sandbox.visma_payroll.people import norwegian, people_at_visma
from tests.sandbox_client import SandboxClient


@pytest.fixture
def people(sandbox: SandboxClient) -> dict[str, dict[str, Any]]:
    sandbox.seed(people=100, vendor="visma_payroll")
    return {record["number"]: record for record in sandbox.state("visma_payroll", "employees")}


def test_same_seed_gives_the_same_people_and_another_seed_others(sandbox: SandboxClient) -> None:
    def seeded(seed: int) -> list[dict[str, Any]]:
        sandbox.seed(people=60, seed=seed, vendor="visma_payroll")
        return sandbox.state("visma_payroll", "employees")

    assert seeded(7) == seeded(7)
    assert seeded(7) != seeded(8)


def test_people_are_the_recipes_worked_examples() -> None:
    def told(index: int, seed: int) -> str:
        known = norwegian(index, seed)
        values = (
            known.given_name,
            known.family_name,
            known.national_id,
            known.account,
            known.street,
            known.postal_code,
        )
        return " ".join((*values, known.city, known.first_workday.isoformat()))

    assert told(0, 1) == "Jan Larsen 01015590978 12340000003 Kirkegata 1 5003 Bergen 2010-01-01"
    assert told(1234, 1) == "Øystein Kristiansen 11068190071 12340024689 Nordre gate 35 2317 Hamar 2012-11-08"
    assert told(99_999, 1) == "Tone Nguyen 07116590888 12341999985 Åsveien 40 0150 Oslo 2023-08-28"


def test_every_number_is_a_valid_one_and_nobody_elses() -> None:
    seen: set[str] = set()
    for person in (norwegian(index, 1) for index in range(0, 100_000, 7)):
        assert fodselsnummer.is_valid(person.national_id)
        assert not person.account or kontonr.is_valid(person.account)
        seen.add(person.national_id)
    assert len(seen) == len(range(0, 100_000, 7))
    assert IBAN(norwegian(19, 1).iban).country_code == "SE"


def test_each_share_differs_in_its_way(people: dict[str, dict[str, Any]]) -> None:
    assert "1023" not in people
    assert "1029" in people
    assert people["1009"]["isDraft"] is True
    assert people["1011"]["emails"] == people["1010"]["emails"]
    assert people["1013"]["emails"][0]["address"].endswith("@privat.example.no")
    assert len(next(number for number in people if number.startswith("2026"))) == 13
    assert people["1017"]["positions"][0]["activeEnd"] == "2024-06-30"
    assert people["1019"]["salaryPaymentMethod"]["internationalIban"].startswith("SE")
    assert people["1005"]["salaryPaymentMethod"]["paymentType"] == "cash"
    assert people["1021"]["personIds"][0]["typeOfId"] == "DNumber"
    assert [position["activeStart"] for position in people["1033"]["positions"]] == ["2030-01-01"]
    assert people["1035"]["positions"][0]["typeOfPosition"] == "Maritime"
    assert [len(people[number]["positions"]) for number in ("1031", "1037", "1039")] == [2, 2, 0]
    assert [len(people[number]["personNames"]) for number in ("1001", "1041")] == [2, 3]


def test_more_people_begin_with_the_same_ones() -> None:
    few, many = (list(people_at_visma(people=count, seed=3)) for count in (60, 120))
    assert many[: len(few)] == few
