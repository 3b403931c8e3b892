"""The pages nothing is kept of, whatever the names of their fields: those that ask for passwords and codes."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import Resolver404, URLPattern, get_script_prefix, resolve

View = TypeVar("View", bound=Callable[..., Any])


def never_kept(view: View) -> View:
    view.never_kept = True  # type: ignore[attr-defined]
    return view


def all_never_kept(patterns: list[URLPattern]) -> list[URLPattern]:
    for pattern in patterns:
        never_kept(pattern.callback)
    return patterns


def is_never_kept(path: str) -> bool:
    try:
        view = resolve(f"/{path.removeprefix(get_script_prefix())}").func
    except Resolver404:
        return False
    return bool(getattr(view, "never_kept", False))
