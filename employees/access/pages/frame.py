"""What the pages of signing in have in common."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def page(request: HttpRequest, name: str, *, title: Any, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page in the theme; none of them may stand in a cache."""
    whole = {**admin.site.each_context(request), "title": title, **context}
    response = TemplateResponse(request, f"access/{name}.html", whole, status=status)
    response["Cache-Control"] = "no-store, private"
    return response
