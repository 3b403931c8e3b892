"""Tags of every template: a form that says whose it is, and what is given back on a page."""

from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from config.pages.keeping import MARK, mark_of, take, waiting

register = template.Library()


class MarkedToken(CsrfTokenNode):
    def render(self, context: Any) -> str:
        token = super().render(context)
        mark = mark_of(context.get("request")) if token else ""
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, MARK, mark) if mark else token


@register.tag
def csrf_token(parser: Parser, token: Token) -> MarkedToken:
    return MarkedToken()


@register.inclusion_tag("pages/kept_form.html", takes_context=True)
def kept_form(context: Any) -> dict[str, Any]:
    """Give back what its reader had typed on this page, or say on which it waits."""
    request = context.get("request")
    if request is None or request.method != "GET" or not getattr(request, "user", None):
        return {}
    given = take(request)
    return {"given": given, "elsewhere": [] if given else waiting(request)[:1]}
