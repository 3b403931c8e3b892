"""The mail about problems: what became of each, under words of its own (G-09)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.core.explaining import Reader, vendor_label
from integrations.core.hub.absences import PERSON, pk_of
from integrations.core.hub.labels import label_problems
from integrations.core.models import Connection, Delivery, Problem
from integrations.core.problems import OPEN, Became
from integrations.core.report.became import NOTHING_GOES, WORDS, kind_of, next_step_of, subject_of
from integrations.core.report.letters import Item, Moot, Notice, Section, absolute

# Names that a mail tells; the rest is counted. Of each kind at least a few are told.
NAMES: Final = 25
FEWEST_NAMES: Final = 5


def problems_notice(connection: Connection, data: Mapping[str, Any]) -> Notice:
    found = Problem.objects.filter(pk__in=data["problems"], state__in=OPEN).order_by("label", "pk")
    open_ones = list(found.select_related("connection").defer("connection__credentials"))
    if not open_ones:
        raise Moot(_("The problem was solved before it was mailed."))
    concerned = bool(data.get("concerned"))
    labels = label_problems(open_ones, mailed=True)
    counts = Counter(kind_of(problem) for problem in open_ones)
    names = {
        "connection": connection.label,
        "vendor": vendor_label(connection),
        "person": labels[open_ones[0].pk],
    }
    url, url_label = _where(connection, open_ones, concerned=concerned)
    return Notice(
        subject=subject_of(counts, names),
        sentences=(),
        sections=_sections(open_ones, labels, names, concerned=concerned),
        notes=_not_told(data),
        next_step=next_step_of(list(counts), concerned=concerned),
        url=url,
        url_label=url_label,
    )


def _sections(
    problems: Sequence[Problem], labels: Mapping[int, str], names: Mapping[str, Any], *, concerned: bool
) -> tuple[Section, ...]:
    by_kind: dict[str, list[Problem]] = {}
    for problem in problems:
        by_kind.setdefault(kind_of(problem), []).append(problem)
    most = max(FEWEST_NAMES, NAMES // len(by_kind))
    reader = Reader()
    return tuple(
        Section(
            sentence=str(WORDS[kind].sentence % names),
            items=tuple(_item(each, labels[each.pk], reader, concerned=concerned) for each in of_kind[:most]),
            more=len(of_kind[most:]),
        )
        for kind in WORDS
        if (of_kind := by_kind.get(kind, []))
    )


def _where(connection: Connection, problems: Sequence[Problem], *, concerned: bool) -> tuple[str, str]:
    one = len(problems) == 1
    if concerned:
        absence = pk_of(problems[0].left_id) if one else None
        if absence is not None:
            return absolute(reverse("admin:absences_absence_change", args=[absence])), _("Open the absence")
        return absolute(reverse("admin:absences_absence_changelist")), _("Open the absences")
    if one:
        return absolute(reverse("admin:core_problem_change", args=[problems[0].pk])), _("See why, and what to do")
    log = reverse("admin:core_problem_changelist")
    return absolute(f"{log}?connection={connection.pk}"), _("Open the error log")


def _not_told(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Say who should know of it too, but cannot be mailed (G-09).

    ``data["without_address"]`` are names, the managers' keys hold pairs of a manager and whose that is.
    """
    said = []
    if names := data.get("without_address", []):
        text = _("Please tell %(names)s as well: the hub has no e-mail address of theirs.")
        said.append(text % {"names": ", ".join(names)})
    texts = {
        "left_managers": _("%(manager)s, the manager of %(people)s, has left: nobody was told in their place."),
        "deactivated_managers": _(
            "The user account of %(manager)s, the manager of %(people)s, is deactivated: nobody was told in their"
            " place."
        ),
    }
    for key, text in texts.items():
        said += [text % values for values in _managers_and_people(data.get(key, []))]
    return tuple(said)


def _managers_and_people(pairs: Iterable[Sequence[str]]) -> Iterator[dict[str, str]]:
    people_of: dict[str, list[str]] = {}
    for manager, person in pairs:
        people_of.setdefault(manager, []).append(person)
    for manager, people in people_of.items():
        yield {"manager": manager, "people": ", ".join(people[:NAMES]) + (" …" if len(people) > NAMES else "")}


def _item(problem: Problem, label: str, reader: Reader, *, concerned: bool) -> Item:
    title = str(reader.explain(problem).title)
    absence = pk_of(problem.left_id) if concerned else None
    if absence is not None:
        page = reverse("admin:absences_absence_change", args=[absence])
    else:
        page = reverse("admin:core_problem_change", args=[problem.pk])
    what = _tried(problem)
    return Item(text=f"{label} – {what}: {title}" if what else f"{label}: {title}", url=absolute(page))


def _tried(problem: Problem) -> str:
    actions = {
        Delivery.Action.CREATE.value: _("create"),
        Delivery.Action.UPDATE.value: _("change"),
        Delivery.Action.DELETE.value: _("delete"),
    }
    if kind_of(problem) == NOTHING_GOES:
        return _("all changes")
    # What is about all of a person's absences is about none of their changes; what remains there was not tried.
    untried = problem.left_id.startswith(PERSON) or (pk_of(problem.left_id) and kind_of(problem) == Became.REMAINS)
    return "" if untried else actions.get(problem.action, problem.action)
