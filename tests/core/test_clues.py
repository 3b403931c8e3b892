from datetime import date

import pytest

from integrations.core.clues import national_id_clue, person_clue


@pytest.mark.parametrize("written", ["8506012387", "850601-2387", "19850601-2387", "198506012387", "850601+2387"])
def test_a_swedish_number_gives_one_clue_however_it_is_written(written: str) -> None:
    assert national_id_clue("SE", written) == "nid:SE:8506012387"


@pytest.mark.parametrize("written", ["", "850601", "okänt", "850601-238", "1985060123871"])
def test_what_is_no_whole_swedish_number_gives_no_clue(written: str) -> None:
    assert national_id_clue("SE", written) is None


def test_another_countrys_number_is_kept_whole() -> None:
    assert national_id_clue("FI", "131052-308t") == "nid:FI:131052308T"


def test_a_number_of_no_country_gives_no_clue() -> None:
    assert national_id_clue("", "131052-308T") is None


def test_names_are_compared_without_case_and_odd_spaces() -> None:
    born = date(1985, 6, 1)
    assert person_clue(" Åsa  Maria", "ÖBERG", born) == person_clue("åsa maria", "Öberg ", born)
    assert person_clue("Åsa", "Öberg", born) == "person:åsa öberg:1985-06-01"


def test_a_letter_composed_of_two_signs_is_the_same_letter() -> None:
    born = date(1985, 6, 1)
    assert person_clue("A\u030asa", "Öberg", born) == person_clue("Åsa", "Öberg", born)


def test_a_missing_name_or_date_gives_no_clue() -> None:
    assert person_clue("Åsa", "", date(1985, 6, 1)) is None
    assert person_clue("Åsa", "Öberg", None) is None
