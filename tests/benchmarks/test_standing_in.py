"""A stand-in that does not fit the real class any more fails before anything is measured."""

import pytest

from benchmarks.standing_in import StandIn


class Real:
    def read(self, call: object, *, deadline: float) -> object:
        return call


def test_a_stand_in_replaces_what_it_names() -> None:
    class Fits(StandIn, Real):
        def read(self, call: object, *, deadline: float) -> object:
            return "from memory"

    assert Fits().read(1, deadline=0.0) == "from memory"


def test_a_stand_in_for_a_method_that_is_no_more_fails() -> None:
    with pytest.raises(TypeError, match=r"Renamed\._pages replaces nothing"):

        class Renamed(StandIn, Real):
            def _pages(self) -> object:
                return "from memory"


def test_a_stand_in_that_takes_other_arguments_fails() -> None:
    with pytest.raises(TypeError, match=r"Other\.read takes other arguments"):

        class Other(StandIn, Real):
            def read(self, call: object) -> object:  # type: ignore[override]  # what is refused
                return "from memory"
