"""The collector of cycles beside a comparison's large index."""

import gc

import pytest

from integrations.core.runs.collecting import RARELY, old_objects_left_alone


def test_old_objects_are_looked_through_rarely_inside_and_as_before_afterwards() -> None:
    before = gc.get_threshold()

    with old_objects_left_alone():
        assert gc.get_threshold() == (*before[:2], RARELY)

    assert gc.get_threshold() == before


def test_an_error_inside_leaves_no_trace() -> None:
    before = gc.get_threshold()

    with pytest.raises(ZeroDivisionError), old_objects_left_alone():
        _ = 1 / 0

    assert gc.get_threshold() == before
