"""Comparing two lists in memory, beside diffsync."""

from typing import Any, Final

from benchmarks.sampling import middle, sample

REPEATS: Final = 7
SMALL, LARGE = 10_000, 100_000


def measure() -> dict[str, float]:
    """Return the ratios, and what they were made of; raises AssertionError when the two found different people."""
    ours, theirs, large = [], [], []
    for _repeat in range(REPEATS):
        theirs.append(sample("compare_diffsync", "time", SMALL))
        ours.append(sample("compare_ours", "time", SMALL))
    for _repeat in range(3):
        large.append(sample("compare_ours", "time", LARGE))
    assert same_people(ours, theirs), "diffsync and the comparison found different people"
    seconds, growth = middle(ours, "seconds"), middle(large, "seconds")
    return {
        "compare_vs_diffsync_10k": middle(theirs, "seconds") / seconds,
        "compare_growth_10k_100k": growth / LARGE / (seconds / SMALL),
        "compare_10k_seconds": seconds,
        "compare_10k_seconds_best": min(each["seconds"] for each in ours),
        "compare_100k_seconds": growth,
        "diffsync_10k_seconds": middle(theirs, "seconds"),
        "diffsync_10k_seconds_best": min(each["seconds"] for each in theirs),
        "compare_different_10k": float(len(ours[0]["different"])),
        **memory(),
    }


def same_people(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    return all(each["different"] == ours[0]["different"] for each in (*ours, *theirs))


def memory() -> dict[str, float]:
    ours, theirs = sample("compare_ours", "peak", SMALL), sample("compare_diffsync", "peak", SMALL)
    index, linked = sample("compare_ours", "index", LARGE), sample("compare_ours", "index-linked", LARGE)
    return {
        "compare_peak_10k_megabytes": ours["bytes"] / 1e6,
        "diffsync_peak_10k_megabytes": theirs["bytes"] / 1e6,
        "compare_peak_vs_diffsync_10k": theirs["bytes"] / ours["bytes"],
        "index_bytes_per_person_100k": index["bytes"] / LARGE,
        "index_and_buffer_bytes_per_person_100k": index["with_buffer"] / LARGE,
        "index_bytes_per_linked_person_100k": linked["bytes"] / LARGE,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
