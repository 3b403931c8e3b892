"""What a short mail is made of, and how it reads."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from integrations.core.report.writing import inlined


class Moot(Exception):
    """What the mail was to tell is over: it is not sent."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the mail: a name, what was tried, and our words for what is the matter; nothing else of a person
    (G-09, G-18)."""

    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Those of whom the same is so: what happened, who, and how many more."""

    sentence: str
    items: tuple[Item, ...] = ()
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Notice:
    subject: str
    sentences: tuple[str, ...]
    next_step: str
    url: str
    url_label: str
    sections: tuple[Section, ...] = ()
    # Said after the sections.
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        return render_to_string("core/mail/notice.txt", {"notice": self}).strip() + "\n"

    def html(self) -> str:
        return inlined(render_to_string("core/mail/notice.html", {"notice": self}))


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
