"""Which of several things in the vendor's record is meant, as pages show it (`Resource.choice`)."""

from typing import NamedTuple

from django.urls import reverse

from integrations.core.models import Link


class Offer(NamedTuple):
    id: str
    label: str
    chosen: bool


def offers(link: Link) -> list[Offer]:
    """Return what the vendor's record held when it was last listed."""
    return [Offer(id, label, id == link.choice) for id, label in link.options.get("choices", [])]


def chosen_label(link: Link) -> str:
    """Return how the one is called that is kept in step, by choice or by the rule; empty where there is only one."""
    choices = dict(link.options.get("choices", []))
    return str(choices.get(link.choice) or choices.get(link.options.get("choice"), ""))


def choose_url(link: Link) -> str:
    """Return where another one is chosen, or an empty string."""
    if not link.options.get("choices"):
        return ""
    return reverse("admin:employees_employee_choose", args=[link.left_id, link.pk])
