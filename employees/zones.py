"""Which zone a day or a time is in: of the company that it is about, else the installation's. Times name theirs."""

from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.formats import date_format


def zone_named(name: str) -> tzinfo:
    """Return the zone of this name; the installation's where there is none, such as after the system's list changed."""
    try:
        return ZoneInfo(name) if name else timezone.get_default_timezone()
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()


def zone_of(about: Any) -> tzinfo:
    """Return the zone of a company, or of whatever leads to one, such as a connection, its run, a person, an absence.

    A connection without a company has a zone of its own; of anything else it is the installation's.
    """
    return zone_named(getattr(company_of(about), "time_zone", ""))


def company_of(about: Any) -> Any:
    """Return what has a zone: the company, or a connection that has none; None where nothing leads to one."""
    while (nearer := _nearer_to_company(about)) is not None:
        about = nearer
    return about if hasattr(about, "time_zone") else None


def _nearer_to_company(about: Any) -> Any:
    leads = (getattr(about, name, None) for name in ("company", "connection", "run", "employee"))
    return next((each for each in leads if each is not None), None)


def today_of(about: Any = None) -> date:
    """Return the day that it is now where the company is."""
    return timezone.localdate(timezone=zone_of(about))


def offset_of(about: Any) -> int:
    """Return how many seconds the clocks there are ahead of UTC now."""
    offset = timezone.localtime(timezone=zone_of(about)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def moment_text(moment: datetime | None, about: Any = None, format_name: str = "DATETIME_FORMAT") -> str:
    """Return a time as it is where the company is, and its zone: *30 Nov 2026, 10:32 CET*."""
    if moment is None:
        return ""
    local = timezone.localtime(moment, zone_of(about))
    return f"{date_format(local, format_name)} {_zone_text(local)}"


def moment_here(moment: datetime | None) -> str:
    """Return a time in the zone that the page shows in (`page_zones`), and its zone."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {_zone_text(local)}"


def _zone_text(local: datetime) -> str:
    name = local.tzname() or ""
    # Many zones have no letters of their own, only a number: it says UTC with them.
    offset = f"{local:%z}"
    return name if name.isalpha() else f"UTC{offset[:3]}:{offset[3:5]}".removesuffix(":00")
