"""Whom a run's pages warn of: the first names where somebody decides, everybody on a page of its own (FX-16)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.urls import reverse

from integrations.core.hub.labels import labels_of_named
from integrations.core.models import SyncRun
from integrations.core.push.others import Warned, warned_of

NAMES: Final = 25
PEOPLE_A_PAGE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Shown:
    """``url`` lists everybody."""

    warned: Warned
    names: tuple[str, ...]
    url: str

    @property
    def more(self) -> int:
        return self.warned.count - len(self.names)


def warned_shown(run: SyncRun, *, url_of: Callable[[str], str]) -> list[Shown]:
    """Return the warnings with their first names; ``url_of`` gives the address of a warning by its name."""
    return [
        Shown(warned=warned, names=tuple(labels_of_named(warned.people[:NAMES])), url=url_of(warned.name))
        for warned in warned_of(run)
    ]


def warned_page_context(request: HttpRequest, *, run: SyncRun, name: str) -> dict[str, Any]:
    """Return a page of everybody of one warning; raises Http404 when it warns of nobody."""
    warned = next((each for each in warned_of(run) if each.name == name), None)
    if warned is None:
        raise Http404
    page = Paginator(warned.people, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    opens = request.user.has_perm("employees.view_employee")
    labels = labels_of_named(page)
    people = [(label, _person_url(each.left_id) if opens else "") for label, each in zip(labels, page, strict=True)]
    return {"warned": warned, "people_page": page, "people": people}


def _person_url(left_id: str) -> str:
    return reverse("admin:employees_employee_change", args=[left_id]) if left_id else ""
