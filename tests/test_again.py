"""What is run on both databases: whole files where servers decide, and the first functions of all others."""

from django.conf import settings

from tests.again import WHOLE, chosen


def test_every_file_that_is_run_whole_is_there() -> None:
    assert [path for path in WHOLE if not (settings.BASE_DIR / path).exists()] == []


def test_of_other_files_the_first_functions_are_run_with_their_first_parameters() -> None:
    tests = [f"test_{number}[{kind}]" for number in range(5) for kind in "ab"]
    whole = [f"{WHOLE[0]}test_x.py::{test}" for test in tests]
    other = [f"tests/other/test_{file}.py::{test}" for file in "xy" for test in tests]

    assert chosen(whole) == set(whole)
    assert chosen([*whole, *other]) == {
        *whole,
        *(f"tests/other/test_{file}.py::test_{number}[a]" for file in "xy" for number in range(3)),
    }
