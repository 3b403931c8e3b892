"""The address that a request comes from, as far as it can be believed."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from django.conf import settings
from django.http import HttpRequest

# Whoever has one IPv6 address has all of its network: they count as one.
NETWORK_OF_ONE: Final = 64


def client_address(request: HttpRequest) -> str | None:
    """Return the address that the outermost proxy of ours saw, None where nobody can say.

    ``settings.PROXIES`` says how many proxies of ours stand in front. Each adds the address that it was called from at
    the end of the header; what stands before theirs was written by the caller, who may write anything.
    """
    direct = _parsed(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXIES < 1:
        return _counted(direct)
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(hops) < settings.PROXIES:
        return _counted(direct)
    return _counted(_parsed(hops[-settings.PROXIES]) or direct)


def counted_address(text: str) -> str | None:
    """Return a written address as it is counted, None for what is none."""
    return _counted(_parsed(text))


def is_somebodys_own(address: str | None) -> bool:
    """Whether an address stands for a caller; this machine's own stands for everybody behind a proxy not told of."""
    parsed = _parsed(address or "")
    return parsed is not None and not parsed.is_loopback


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    for candidate in (text, text.strip("[]"), text.rpartition(":")[0].strip("[]")):
        try:
            parsed = ip_address(candidate)
        except ValueError:
            continue
        return getattr(parsed, "ipv4_mapped", None) or parsed
    return None


def _counted(address: IPv4Address | IPv6Address | None) -> str | None:
    if isinstance(address, IPv6Address) and not address.is_loopback:
        # A zone, such as fe80::1%eth0, belongs to the machine and not to the address.
        plain = str(address).partition("%")[0]
        return str(ip_network(f"{plain}/{NETWORK_OF_ONE}", strict=False).network_address)
    return None if address is None else str(address)
