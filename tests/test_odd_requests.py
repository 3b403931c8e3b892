"""Requests that nobody's page sends: refused, or answered as if nothing had been asked, by every address."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from employees import parameters
from employees.admin.searching import KnownChangeList
from employees.models import ImportJob
from integrations.core.admin.wizard.section import Section
from integrations.core.models import MassChange, SyncRow
from tests import odd_requests as odd
from tests.core.admin.filling import fill
from tests.core.review.filling import Reviewed, review_of
from tests.factories import AbsenceFactory, BankAccountFactory, CompanyFactory, CompensationFactory, PositionFactory
from tests.page_forms import PageForm
from tests.pages import CSRF, forms_of

pytestmark = pytest.mark.django_db
Addresses = dict[str, str]
# What Django's and the queue's own pages make of a request is theirs.
OURS: Final = (
    "employees/",
    "absences/",
    "core/",
    "fortnox/",
    "visma_payroll/",
    "oauth/",
    "autocomplete/",
    "",
)
ALIKE: Final = ("/history/", "/delete/", "<path:object_id>/")
# By turns, a field each.
ODD_FIELDS: Final = ("9" * 25, "x\x00y", "abc")
LARGE: Final = 20
DIGITS: Final = re.compile(r"\d+")
PLACE: Final = re.compile(r"<(?:\w+:)?(\w+)>")


def review(integration: str) -> Reviewed:
    reviewed = review_of(CompanyFactory.create(), account_id=integration)
    connection = reviewed.run.connection
    connection.integration = integration
    connection.save()
    ada = reviewed.employee("Ada Alm")
    reviewed.row(SyncRow.Kind.ONLY_LEFT, "Ada Alm", left=ada)
    reviewed.row(SyncRow.Kind.ONLY_RIGHT, "Bo Ek", right_id="7")
    reviewed.conflict("Cia Dahl", "8")
    reviewed.linked("Dan Ek", "9", kind=SyncRow.Kind.GONE)
    return reviewed


@pytest.fixture
def client(db: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def addresses(client: Client) -> Addresses:
    """Return the addresses of our pages by their routes, each of something that is there."""
    world = fill()
    position = PositionFactory.create(employee=world.employee)
    CompensationFactory.create(employee=position.employee)
    BankAccountFactory.create(employee=AbsenceFactory.create().employee)
    job = ImportJob.objects.create(company=world.employee.company, file_name="a.csv", state=ImportJob.State.READY)
    known: dict[str, Any] = {"person": world.employee.pk, "link": world.link.pk, "job_id": job.pk}
    known |= {"run_id": world.run.pk, "extension": "csv", "name": "any", "integration": "fortnox"}
    of_review = {}
    for integration in ("fortnox", "visma_payroll"):
        reviewed = review(integration)
        connection = reviewed.run.connection
        mass = MassChange.objects.create(connection=connection, label="Import", people=1, key=f"k{connection.pk}")
        row = reviewed.run.rows.get(kind=SyncRow.Kind.ONLY_LEFT)
        ids = {"pk": connection.pk, "connection": connection.pk, "run": reviewed.run.pk, "mass": mass.pk}
        of_review[integration] = {**ids, "row_id": row.pk}
    return {
        route: "/" + _filled(route, {**known, **of_review.get(route.partition("/")[0], {})})
        for route, _name in odd.routes()
        if route.startswith(OURS[:-1]) and not route.endswith(ALIKE)
    }


def _filled(route: str, known: dict[str, Any]) -> str:
    def value(place: re.Match[str]) -> str:
        if place[1] != "object_id":
            return str(known[place[1]])
        app, model = route.split("/")[:2]
        first = apps.get_model(app, model)._default_manager.first()
        return str(first.pk if first else 1)

    return PLACE.sub(value, route)


def query(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(pairs), errors="surrogatepass")


def failing(answer: Any) -> str:
    """Return what went wrong, or nothing."""
    if answer.status_code < 500:
        return ""
    return f"{answer.status_code} {answer.exc_info[1]!r}" if getattr(answer, "exc_info", None) else "500"


def send(client: Client, address: str, pairs: Iterable[tuple[str, str]], *, post: bool = False) -> str:
    """Send a request, and undo what it did; return what went wrong."""
    with transaction.atomic():
        text = query(pairs)
        form: Any = {"data": text, "content_type": "application/x-www-form-urlencoded"}
        found = failing(client.post(address, **form) if post else client.get(f"{address}?{text}"))
        transaction.set_rollback(True)
    return found


def tried(cases: Iterable[tuple[Any, Callable[[], str]]]) -> dict[Any, str]:
    return {case: found for case, send_it in cases if (found := send_it())}


def every_name() -> list[str]:
    names = (*odd.names_in_code(), *odd.OF_LISTS, *odd.OF_SEARCHES, *odd.OF_ACTIONS, "s")
    return sorted(set(names) - {"_changelist_filters"})


@pytest.mark.parametrize("value", odd.HARDEST, ids=[repr(value[:12]) for value in odd.HARDEST])
def test_no_page_fails_for_what_is_asked_of_it(client: Client, addresses: Addresses, value: str) -> None:
    pairs = [(name, value) for name in every_name() if name not in ("_popup", "_to_field", "e", "all")]

    cases = [(route, lambda address=address: send(client, address, pairs)) for route, address in addresses.items()]

    assert tried(cases) == {}


@pytest.mark.parametrize("value", ["9" * 25, "x\x00y"], ids=["long", "null"])
def test_no_page_fails_for_what_is_posted_to_it(client: Client, addresses: Addresses, value: str) -> None:
    pairs = [(name, value) for name in every_name()]

    cases = [
        (route, lambda address=address: send(client, address, pairs, post=True)) for route, address in addresses.items()
    ]

    assert tried(cases) == {}


def test_no_form_fails_for_an_odd_value_in_one_of_its_fields(client: Client, addresses: Addresses) -> None:
    assert tried(_forms_with(client, addresses)) == {}


def _forms_with(client: Client, addresses: Addresses) -> Iterator[tuple[Any, Callable[[], str]]]:
    """Yield each field of each form once, by turns with one odd value after the other.

    A large form is Django's, which looks at each field by itself: all of them at once.
    """
    values, seen = cycle(ODD_FIELDS), set[tuple[str, str]]()
    for route, address in addresses.items():
        page = client.get(address)
        if page.status_code != 200 or "html" not in page.headers.get("Content-Type", ""):
            continue
        for form in forms_of(page):
            to = form.attributes.get("action") or address
            if form.attributes.get("method", "get").lower() == "post" and to.startswith("/"):
                # What differs by its number alone is one field, such as a part's of a person.
                kinds = {name: (DIGITS.sub("", to), DIGITS.sub("", name)) for name in sorted(_names(form))}
                names = [name for name, kind in kinds.items() if kind not in seen]
                seen.update(kinds.values())
                for several in [names] * len(ODD_FIELDS) if len(names) > LARGE else [[name] for name in names]:
                    odd_ones = {name: next(values) for name in several}
                    yield (route, *several), partial(send, client, to, _odd(form, odd_ones), post=True)


def _names(form: PageForm) -> set[str]:
    # How many rows a table of Django's has is its own matter.
    return {each.name for each in form.posting if not each.name.endswith("_FORMS")} - {CSRF}


def _odd(form: PageForm, odd_ones: dict[str, str]) -> list[tuple[str, str]]:
    filled = {**form.values(), **odd_ones}
    return [(key, str(one)) for key, held in filled.items() for one in (held if isinstance(held, list) else [held])]


def test_no_list_fails_for_a_filter(client: Client, addresses: Addresses) -> None:
    asked = sorted(set(odd.names_of_filters()))
    assert {route for route, _name in asked} >= {"employees/employee/", "core/link/", "absences/absence/"}

    cases = [
        ((route, name, value[:6]), partial(send, client, addresses[route], [(name, value)]))
        for route, name in asked
        if route in addresses
        for value in ("9" * 25, "x\x00y", "1,99999999999999999999999999")
    ]

    assert tried(cases) == {}


@pytest.mark.parametrize("number", ["9" * 25, "0"], ids=["long", "nought"])
def test_no_page_fails_for_a_number_in_its_address(client: Client, addresses: Addresses, number: str) -> None:
    odd_ones = [
        PLACE.sub(lambda place: number if place[1] not in ("integration", "extension", "name") else "csv", route)
        for route in addresses
        if "<" in route
    ]

    assert tried((each[:80], partial(send, client, f"/{each}", [])) for each in odd_ones) == {}


def test_every_list_of_ours_refuses_filters_that_no_database_answers() -> None:
    ours = [each for model, each in admin.site._registry.items() if f"{model._meta.app_label}/" in OURS]

    # A vendor's section has pages of its own in the place of a list.
    lists = [each for each in ours if not isinstance(each, Section)]

    assert [
        each for each in lists if not issubclass(each.get_changelist(RequestFactory().get("/")), KnownChangeList)
    ] == []


# Its own ways catch what does not fit.
READ_THERE: Final = (Path("employees/parameters.py"), Path("employees/shown.py"))


def test_no_page_parses_what_was_sent_by_itself() -> None:
    """A number or a day comes of `employees.parameters`: elsewhere it would raise, or be one that no database takes."""
    found = [
        f"{path}:{line}"
        for path, module in odd.sources()
        if path not in READ_THERE
        for line in odd.parsed_by_itself(module)
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "pk = int(request.POST['pk'])",
        "text = request.GET.get('pk', '')\n    pk = int(text)",
        "pks = {int(text) for text in request.POST.getlist('absence') if text.isdecimal()}",
        "for text in enumerate(request.POST.getlist('day')):\n        days = date.fromisoformat(text)",
        "first, _colon, last = request.POST['pair'].partition(':')\n    pk = UUID(last)",
    ],
)
def test_whatever_way_the_text_goes_it_is_found(line: str) -> None:
    assert list(odd.parsed_by_itself(ast.parse(f"def page(request):\n    {line}\n")))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, 0),
        ("-1", 0),
        ("²", 0),
        ("٣", 0),
        ("1\x00", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_a_number_is_one_that_a_database_takes(text: str | None, number: int) -> None:
    assert parameters.whole(text) == number


@pytest.mark.parametrize(
    "text", ["", None, "abc", "2026-02-31T10:00Z", "2026-03-01T10:00", "0001-01-01T00:00:00+14:00", "9" * 5_000]
)
def test_a_time_is_one_that_a_database_takes(text: str | None) -> None:
    assert parameters.moment(text) is None
    assert parameters.moment("2026-03-01T10:00:00+01:00") is not None


@pytest.mark.parametrize("text", ["", None, "[1]", "{", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}", r'{"\ud800": 1}'])
def test_what_cannot_be_read_is_an_empty_mapping(text: str | None) -> None:
    assert parameters.mapping(text) == {}
    assert parameters.mapping('{"a": 1}') == {"a": 1}


def test_a_search_for_very_much_is_a_search_for_a_part_of_it(client: Client) -> None:
    listed = client.get(reverse("admin:employees_employee_changelist"), {"q": "a" * 100_000})

    assert listed.status_code == 200
