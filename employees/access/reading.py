"""For whom a page is made: what names people, or says what an absence is, asks here what its reader may know.

Without a reader, as in a mail, a task or what is stored, there is nobody to hide a name from.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from employees.access.protected import may_see_protected, without_protected

if TYPE_CHECKING:
    from employees.models import Employee


class Reader:
    """``user`` is asked for when it is needed first: a request may know its user only later."""

    def __init__(self, user: Callable[[], Any]) -> None:
        self._user = user
        self.kept: dict[str, Any] = {}

    @cached_property
    def user(self) -> Any:
        return self._user()

    def knows(self, person: "Employee") -> bool:
        """Whether the reader may know who the person is (PR-04)."""
        if not person.protected_identity or self.user is None or may_see_protected(self.user):
            return True
        return person.pk in self._protected_seen

    @cached_property
    def _protected_seen(self) -> frozenset[int]:
        people: Any = apps.get_model("employees", "employee")._base_manager.filter(protected_identity=True)
        seen = without_protected(people, self.user)
        return frozenset(seen.values_list("pk", flat=True))


_reader: ContextVar[Reader] = ContextVar("reader")
_NOBODY: Final = Reader(lambda: None)


def reader() -> Reader:
    return _reader.get(_NOBODY)


def somebody() -> str:
    """Return what a reader is told of whom she may not see."""
    return _("Somebody with a protected identity")


@contextmanager
def reading_as(user: Any) -> Iterator[None]:
    """Say for whom texts are made; None: for whoever comes, such as what is stored."""
    token = _reader.set(Reader(user if callable(user) else lambda: user))
    try:
        yield
    finally:
        _reader.reset(token)


class ReaderMiddleware:
    """Stands behind those that say who calls: whoever has proven only half is nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reading_as(lambda: request.user):
            return self.get_response(request)
