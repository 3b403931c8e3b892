"""What follows from rewritten values: agreed pairs, open reviews, open imports."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final

from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from employees.values.contacts import email_key, phone_key
from employees.values.countries import country_code
from employees.values.postal_codes import clean_postal_code, postal_code_key
from employees.values.swedish_bank_accounts import InvalidSwedishAccount, clean_swedish_account
from employees.values.texts import folded_key, identifier_key, text_key

AT_ONCE: Final = 1_000
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
# Deliveries whose outcome is still to be known.
OPEN: Final = ("sending", "retry", "waiting", "unknown")
# In a review's options: its values were read by the rules before.
OUTDATED: Final = "outdated"
IMPORT_OUTDATED: Final = (
    "The rules for values changed with the new version of Samklang while this file waited. Upload it again: what was"
    " imported until then stays."
)


def rewrite_links(apps: Apps) -> int:
    """Write the agreed values as they are compared now; without a digest the next comparison looks at each field."""
    links, sharp = apps.get_model("core.Link"), _sharp_addresses(apps)
    rewritten = 0
    last = 0
    while found := list(
        links._base_manager.filter(pk__gt=last).order_by("pk").only("left_id", "pairs", "digest")[:AT_ONCE]
    ):
        last = found[-1].pk
        changed = []
        for link in found:
            known = sharp.get(link.left_id, {})
            pairs = {name: new_pair(name, pair, known) for name, pair in link.pairs.items()}
            if pairs != link.pairs:
                link.pairs, link.digest = pairs, ""
                changed.append(link)
        links._base_manager.bulk_update(changed, ["pairs", "digest"], batch_size=100)
        rewritten += len(changed)
    return rewritten


def rewrite_deliveries(apps: Apps) -> None:
    """Write, of what is under way, the values as they are compared now: what becomes agreed, and what is looked up."""
    deliveries, sharp = apps.get_model("core.Delivery"), _sharp_addresses(apps)
    waiting = deliveries._base_manager.filter(state__in=OPEN).only("left_id", "natural_key", "left_keys")
    for delivery in waiting.iterator(chunk_size=AT_ONCE):
        known, key = sharp.get(delivery.left_id, {}), delivery.natural_key
        new_key = known.get(key) or _new_half("work_email" if "@" in key else "employment_id", key) or ""
        left_keys = {name: new_pair(name, [half, half], known)[0] for name, half in delivery.left_keys.items()}
        if (new_key, left_keys) != (key, delivery.left_keys):
            same = deliveries._base_manager.filter(pk=delivery.pk)
            same.update(natural_key=new_key or key, left_keys=left_keys)


def _sharp_addresses(apps: Apps) -> dict[str, dict[str, str]]:
    """Return, by person, how an e-mail address was compared before, and is now, where the one does not tell the other.

    Case folding made two letters of "ß".
    """
    people = apps.get_model("employees.Employee")._base_manager.filter(work_email__contains="ß")
    return {
        str(pk): {email.strip().casefold(): email_key(email)} for pk, email in people.values_list("pk", "work_email")
    }


def new_pair(name: str, pair: Sequence[Any], known: Mapping[str, str] = NOTHING) -> list[Any]:
    """Return a stored pair with both halves as they are normalised now."""
    left, right, *state = pair
    if name == "work_email":
        left, right = (known.get(half, half) if isinstance(half, str) else half for half in (left, right))
    return [_new_half(name, left), _new_half(name, right), *state]


def _new_half(name: str, half: Any) -> Any:
    if name == "address" and isinstance(half, list) and len(half) == 4:
        return _new_address(*half)
    if name == "bank_account" and isinstance(half, list) and len(half) == 5:
        return _new_account(*half)
    if not isinstance(half, str):
        return half
    keys: dict[str, Callable[[str], str]] = {"work_email": email_key, "phone": phone_key, "employment_id": _code_key}
    return keys.get(name, text_key)(half) or None


def _new_address(street: str, postal_code: str, city: str, country: str) -> list[str]:
    """Return an address as it is read and compared now: a code in its country's form, a country by its code."""
    code = country_code(country) or country
    # What is refused is so on either side alike, and compared as it stands.
    with suppress(ValidationError):
        postal_code = clean_postal_code(postal_code, code)
    return [folded_key(street), postal_code_key(postal_code), folded_key(city), code.upper()]


def _new_account(country: str, clearing_number: str, account_number: str, *others: str) -> list[str]:
    """Return an account as it is compared now: a number that fits no check digit is taken, and filled with zeros."""
    if country == "SE" and account_number:
        with suppress(InvalidSwedishAccount):
            numbers = clean_swedish_account(clearing_number=clearing_number, account_number=account_number)
            clearing_number, account_number = numbers[0][:4], numbers[1]
    return [country, clearing_number, account_number, *others]


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
