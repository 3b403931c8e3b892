"""Every benchmark by its name, whole and small."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from benchmarks import (
    absences,
    applying,
    comparing,
    conflict_page,
    importing,
    outages,
    planning,
    pushing,
    saving,
    visma,
)


class Measure(NamedTuple):
    whole: Callable[[], dict[str, float]]
    small: Callable[[], dict[str, float]]


def _measure(module: Any) -> Measure:
    return Measure(whole=partial(module.measure, module.WHOLE), small=partial(module.measure, module.SMALL))


MEASURES: Final[Mapping[str, Measure]] = {
    "compare": _measure(comparing),
    "plan": _measure(planning),
    "import": _measure(importing),
    "apply": _measure(applying),
    "push": _measure(pushing),
    "outage": _measure(outages),
    "save": _measure(saving),
    "absences": _measure(absences),
    "visma": _measure(visma),
    "conflict": _measure(conflict_page),
}
