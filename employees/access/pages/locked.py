"""The page that says that nothing is taken for a while, and until when."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from employees.access import lockout, second_factor


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    until = lockout.shut_until(request, credentials)
    seconds = second_factor.seconds_until(until)
    page = render(request, "access/locked.html", {"until": until, "minutes": max(1, round(seconds / 60))}, status=429)
    page["Retry-After"] = str(seconds)
    page["Cache-Control"] = "no-store, private"
    return page
