"""A small resource, records for it, and a comparison of two lists of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from integrations.core.compare import Asked, Comparison, Counts, InStep, LinkState, Row, finish
from integrations.core.declare import Direction, Field, Record, Resource
from integrations.core.kinds import CODE, EMAIL, PHONE, TEXT, UNKNOWN


def refuse_bad(value: str) -> str | None:
    return "It is bad." if value == "bad" else None


RESOURCE = Resource(
    name="employees",
    label="Employees",
    fields=(
        Field(name="email", label="E-mail", kind=EMAIL, required=True, unique=True),
        Field(name="number", label="Number", kind=CODE, direction=Direction.TO_LEFT, unique=True),
        Field(name="name", label="Name", kind=TEXT, required=True, required_left=True),
        Field(name="phone", label="Phone", kind=PHONE, unique=True, withheld=True, check_right=refuse_bad),
        Field(name="born", label="Born", kind=TEXT, direction=Direction.ON_CREATION),
    ),
    match_keys=("email",),
    natural_key="email",
    settle_seconds=1,
)


def record(
    record_id: str, email: Any, *, name: Any = "Anna", phone: Any = None, number: Any = None, **more: Any
) -> Record:
    return Record(record_id, (email, number, name, phone, more.pop("born", None)), label=f"{name} {record_id}", **more)


class Compared(NamedTuple):
    in_step: list[InStep]
    rows: list[Row]
    counts: Counts

    def row(self, **wanted: str) -> Row:
        (found,) = [row for row in self.rows if all(getattr(row, name) == value for name, value in wanted.items())]
        return found

    @property
    def kinds(self) -> list[tuple[str, str, str]]:
        return sorted((row.kind, row.left_id, row.right_id) for row in self.rows)


def compare(
    lefts: Sequence[Record],
    rights: Sequence[Record],
    *,
    links: Sequence[LinkState] = (),
    pairs: Mapping[int, Mapping[str, Sequence[Any]]] | None = None,
    page: int = 2,
    complete: bool = True,
    include_ended: bool = False,
    asked: Asked = Asked(),  # noqa: B008 -- a tuple, which nobody changes
) -> Compared:
    """Compare in pages, and take back what was withdrawn, as the plan in the database does."""
    by_id = {each.id: each for each in lefts}
    comparison = Comparison(
        RESOURCE,
        read_left=lambda ids: [by_id[one] for one in ids if one in by_id],
        read_pairs=lambda ids: {one: (pairs or {}).get(one, {}) for one in ids},
        include_ended=include_ended,
    )
    comparison.add_links(links)
    comparison.add_left(lefts)
    found = []
    for start in range(0, len(rights), page):
        comparison.take(rights[start : start + page])
        found.append(comparison.drain())
    found += list(finish(comparison, complete=complete, asked=asked))
    in_step: list[InStep] = []
    rows: list[Row] = []
    for each in found:
        gone = set(each.withdrawn)
        in_step = [one for one in in_step if one.record.id not in gone] + list(each.in_step)
        rows = [row for row in rows if row.right_id not in gone] + each.rows
    return Compared(in_step, rows, comparison.counts())


# Few values, so that they meet often: shared, empty, unknown ones too.
emails = st.sampled_from([None, "a@x.se", "A@x.se ", "b@x.se", "c@x.se", "d@x.se", "e@x.se", "f@x.se"])
names = st.sampled_from(["Anna", "Bo", "Cia  Dahl"])
phones = st.sampled_from([None, None, "+46701", "+46702", "+46 703", UNKNOWN])
numbers = st.sampled_from([None, None, "1", "2", "3"])
clues = st.sampled_from([(), ("nid:SE:1", ""), ("nid:SE:2", "person:x"), ("", "person:x")])


@st.composite
def people(draw: st.DrawFn, side: str) -> list[Record]:
    return [
        record(
            f"{side}{index}",
            draw(emails),
            name=draw(names),
            phone=draw(phones),
            number=draw(numbers),
            active=draw(st.sampled_from([True, True, True, False])),
            in_scope=side == "r" or draw(st.sampled_from([True, True, True, False])),
            protected=side == "l" and draw(st.booleans()),
            clues=draw(clues),
            unreadable=draw(st.sampled_from(["", "", "", "", "It is odd."])) if side == "r" else "",
        )
        for index in range(draw(st.integers(0, 8)))
    ]
