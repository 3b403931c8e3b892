"""What follows from rewritten values: agreed pairs, open reviews, open imports."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.apps.registry import Apps
from django.utils import timezone

from employees.values.contacts import email_key, phone_key
from employees.values.postal_codes import postal_code_key
from employees.values.texts import folded_key, identifier_key, text_key

AT_ONCE: Final = 1_000
# In a review's options: its values were read by the rules before.
OUTDATED: Final = "outdated"
IMPORT_OUTDATED: Final = (
    "The rules for values changed with the new version of Samklang while this file waited. Upload it again: what was"
    " imported until then stays."
)


def rewrite_links(apps: Apps) -> int:
    """Write the agreed values as they are compared now; without a digest the next comparison looks at each field."""
    links = apps.get_model("core.Link")
    rewritten = 0
    last = 0
    while found := list(links._base_manager.filter(pk__gt=last).order_by("pk").only("pairs", "digest")[:AT_ONCE]):
        last = found[-1].pk
        changed = []
        for link in found:
            pairs = {name: new_pair(name, pair) for name, pair in link.pairs.items()}
            if pairs != link.pairs:
                link.pairs, link.digest = pairs, ""
                changed.append(link)
        links._base_manager.bulk_update(changed, ["pairs", "digest"], batch_size=100)
        rewritten += len(changed)
    return rewritten


def new_pair(name: str, pair: Sequence[Any]) -> list[Any]:
    """Return a stored pair with both halves as they are normalised now."""
    left, right, *state = pair
    return [_new_half(name, left), _new_half(name, right), *state]


def _new_half(name: str, half: Any) -> Any:
    if name == "address" and isinstance(half, list) and len(half) == 4:
        street, postal_code, city, country = half
        return [folded_key(street), postal_code_key(postal_code), folded_key(city), country]
    if not isinstance(half, str):
        return half
    keys: dict[str, Callable[[str], str]] = {"work_email": email_key, "phone": phone_key, "employment_id": _code_key}
    return keys.get(name, text_key)(half) or None


def _code_key(text: str) -> str:
    return "".join(identifier_key(text).split())


def outdate_reviews(apps: Apps) -> int:
    runs = apps.get_model("core.SyncRun")
    waiting = list(runs._base_manager.filter(state="review"))
    for run in waiting:
        run.options = {**run.options, OUTDATED: True}
    runs._base_manager.bulk_update(waiting, ["options"])
    return len(waiting)


def end_imports(apps: Apps) -> int:
    """End what was planned by the rules before: its file is not kept. What waits to be read is read by the new ones."""
    jobs, rows = apps.get_model("employees.ImportJob"), apps.get_model("employees.ImportRow")
    open_ones = list(
        jobs._base_manager.filter(state__in=("ready", "confirmed", "importing")).values_list("pk", flat=True)
    )
    rows._base_manager.filter(job__in=open_ones).update(values={}, sensitive_changes={})
    return int(
        jobs._base_manager.filter(pk__in=open_ones).update(
            state="failed", error=IMPORT_OUTDATED, content=b"", finished_at=timezone.now()
        )
    )
