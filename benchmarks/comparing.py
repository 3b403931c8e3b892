"""Comparing two lists in memory, beside diffsync."""

from typing import Any, Final, NamedTuple

from benchmarks.sampling import middle, sample


class Sizes(NamedTuple):
    people: int = 10_000
    many: int = 100_000
    repeats: int = 7


WHOLE: Final = Sizes()
SMALL: Final = Sizes(people=200, many=400, repeats=1)


def measure(sizes: Sizes) -> dict[str, float]:
    """Return the ratios, and what they were made of; raises AssertionError when the two found different people."""
    ours, theirs, large = [], [], []
    for _repeat in range(sizes.repeats):
        theirs.append(sample("compare_diffsync", "time", sizes.people))
        ours.append(sample("compare_ours", "time", sizes.people))
    for _repeat in range(min(sizes.repeats, 3)):
        large.append(sample("compare_ours", "time", sizes.many))
    assert same_people(ours, theirs), "diffsync and the comparison found different people"
    seconds, growth = middle(ours, "seconds"), middle(large, "seconds")
    return {
        "compare_vs_diffsync_10k": middle(theirs, "seconds") / seconds,
        "compare_growth_10k_100k": growth / sizes.many / (seconds / sizes.people),
        "compare_10k_seconds": seconds,
        "compare_10k_seconds_best": min(each["seconds"] for each in ours),
        "compare_100k_seconds": growth,
        "diffsync_10k_seconds": middle(theirs, "seconds"),
        "diffsync_10k_seconds_best": min(each["seconds"] for each in theirs),
        "compare_different_10k": float(len(ours[0]["different"])),
        **memory(sizes),
    }


def same_people(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    return all(each["different"] == ours[0]["different"] for each in (*ours, *theirs))


def memory(sizes: Sizes) -> dict[str, float]:
    ours, theirs = sample("compare_ours", "peak", sizes.people), sample("compare_diffsync", "peak", sizes.people)
    index, linked = (sample("compare_ours", what, sizes.many) for what in ("index", "index-linked"))
    return {
        "compare_peak_10k_megabytes": ours["bytes"] / 1e6,
        "diffsync_peak_10k_megabytes": theirs["bytes"] / 1e6,
        "compare_peak_vs_diffsync_10k": theirs["bytes"] / ours["bytes"],
        "index_bytes_per_person_100k": index["bytes"] / sizes.many,
        "index_and_buffer_bytes_per_person_100k": index["with_buffer"] / sizes.many,
        "index_bytes_per_linked_person_100k": linked["bytes"] / sizes.many,
    }


if __name__ == "__main__":
    for name, value in measure(WHOLE).items():
        print(f"{name}: {value:.4g}")
