"""What nobody's page asks for: values for every parameter, and the addresses to send them to."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.contrib import admin
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

ODD: Final = (
    "abc",
    "9" * 25,
    "9" * 5_000,
    "-1",
    "²",
    "٣",
    "x\x00y",
    "\ud800",
    "1,99999999999999999999999999",
    "2026-02-31",
    "a" * 100_000,
    "a " * 3_000,
    "(" * 200,
)
# Those that no two layers refuse alike: the others are shown to the parsers themselves (`employees.parameters`).
HARDEST: Final = ("9" * 25, "x\x00y", "\ud800", "a" * 5_000)
ROOTS: Final = ("employees", "absences", "config", "integrations")
# Where a request's parameters are read: `request.GET`, or a copy of it under one of these names.
HOLDERS: Final = frozenset({"GET", "POST", "query", "posted", "callback"})
READERS: Final = frozenset({"get", "getlist"})
# What raises for a text that it cannot read.
PARSERS: Final = frozenset({"int", "float", "Decimal", "UUID", "fromisoformat", "strptime", "parse_datetime", "loads"})
# Functions that hand on the texts that they are given.
LOOPS: Final = frozenset({"enumerate", "zip", "sorted", "set", "list", "tuple", "reversed", "filter", "str"})
# Django's own.
OF_LISTS: Final = ("q", "p", "o", "all", "e", "_popup", "_to_field", "_changelist_filters", "_facets")
OF_ACTIONS: Final = ("action", "_selected_action", "select_across", "index")
OF_SEARCHES: Final = ("term", "page", "app_label", "model_name", "field_name", "company", "department", "record")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Return the code of the pages, without the sandbox, which is no part of the site."""
    base = Path(__file__).parent.parent
    for root in ROOTS:
        for path in sorted((base / root).rglob("*.py")):
            if "sandbox" not in path.parts and "migrations" not in path.parts:
                yield path.relative_to(base), ast.parse(path.read_text(encoding="utf-8"))


def holder_of(node: ast.AST) -> bool:
    """Whether the expression holds a request's parameters."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in HOLDERS


def parsed_by_itself(module: ast.Module) -> Iterator[int]:
    """Yield the lines that parse what was sent, or a name that something of it was given."""
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            sent = _names_of_what_was_sent(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _called(node.func) in PARSERS and _is_sent(node.args, sent):
                    yield node.lineno


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_sent(nodes: list[Any], sent: set[str]) -> bool:
    inside = [inner for node in nodes for inner in ast.walk(node)]
    return any(holder_of(inner) or (isinstance(inner, ast.Name) and inner.id in sent) for inner in inside)


def _names_of_what_was_sent(function: ast.FunctionDef) -> set[str]:
    sent: set[str] = set()
    while found := {name for target, value in _given(function) if _is_sent([value], sent) for name in target} - sent:
        sent |= found
    return sent


def _given(function: ast.FunctionDef) -> Iterator[tuple[set[str], ast.expr]]:
    """Yield the names that something is given to, by an assignment or one by one, and what it is."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield {name for target in node.targets for name in _inside(target)}, _unread(node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield _inside(node.target), _unread(node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            yield _inside(node.target), _unread(node.iter)


def _inside(target: ast.expr) -> set[str]:
    return {inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name)}


def _unread(value: ast.expr) -> ast.expr:
    """What a function of ours makes of a parameter is no text any more; what a method makes of it still is."""
    is_read = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id not in LOOPS
    return ast.Constant(None) if is_read else value


@cache
def names_in_code() -> tuple[str, ...]:
    """Return the parameters that our code reads by name."""
    found = {name for _path, module in sources() for node in ast.walk(module) for name in _names(node)}
    return tuple(sorted(found))


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in READERS and holder_of(node.func.value):
            yield from _text(node.args[0])
    elif isinstance(node, ast.Subscript) and holder_of(node.value):
        yield from _text(node.slice)


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def names_of_filters() -> Iterator[tuple[str, str]]:
    """Return the route of each list with what its filters and links ask for."""
    request: Any = RequestFactory().get("/")
    request.user = _Anybody()
    for model, model_admin in admin.site._registry.items():
        filters: Any = model_admin.get_list_filter(request)
        for each in filters:
            name = each if isinstance(each, str) else getattr(each, "parameter_name", None) or each[0]
            for asked in (f"{name}__exact", f"{name}__id__exact", f"{name}_from", f"{name}_to", str(name)):
                yield f"{model._meta.app_label}/{model._meta.model_name}/", asked


class _Anybody:
    """May everything, of all companies."""

    is_active = is_superuser = True

    def has_perm(self, right: str) -> bool:
        return True


def routes(resolver: Any = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Return (route, name) of every address of the site, as it is written in the code."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        elif isinstance(each, URLPattern):
            yield route, each.name or ""
