"""Addresses: where the product is reached, who may send forms, where the vendors are."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.http.request import validate_host

from config.checks.found import Found, is_here
from integrations.core.registry import manifests

PUBLIC_EXAMPLE: Final = "Write the address in people's browsers, such as https://hub.example.com."
HOSTS_EXAMPLE: Final = "Write the names in people's browsers, separated by commas, such as hub.example.com."
ORIGINS_EXAMPLE: Final = "Write whole addresses, such as https://hub.example.com, or leave it out."


def allowed_hosts(settings: Any) -> Iterator[Found]:
    for host in settings.ALLOWED_HOSTS:
        if "*" in host:
            yield Found("ALLOWED_HOSTS", "a * lets anybody choose the host name in the links of mails.", HOSTS_EXAMPLE)
        elif host.startswith(".") and "." not in host.strip("."):
            yield Found("ALLOWED_HOSTS", "one entry stands for every name under a top level.", HOSTS_EXAMPLE)
        elif not _is_host(host):
            yield Found("ALLOWED_HOSTS", "one entry is no host name alone (no https://, port or path).", HOSTS_EXAMPLE)


def _is_host(written: str) -> bool:
    if written.startswith("["):
        return written.endswith("]")
    return bool(written.strip(".")) and not set(written) & set("/:@ ?#")


def public_url(settings: Any) -> Iterator[Found]:
    address = _split(settings.PUBLIC_URL)
    if address is None or not address.hostname:
        yield Found("PUBLIC_URL", "it is no address.", PUBLIC_EXAMPLE)
    elif address.scheme != "https":
        yield Found("PUBLIC_URL", "it does not begin with https://.", PUBLIC_EXAMPLE)
    elif is_here(address.hostname):
        text = "it leads everybody to their own machine, and vendors cannot send people back."
        yield Found("PUBLIC_URL", text, PUBLIC_EXAMPLE)
    elif address.path or address.query or address.fragment or address.username is not None:
        yield Found("PUBLIC_URL", "it holds more than https://, a host name and a port.", PUBLIC_EXAMPLE)
    elif not validate_host(address.hostname, settings.ALLOWED_HOSTS):
        text = "its host name is not among ALLOWED_HOSTS, so its pages would be refused."
        yield Found("PUBLIC_URL", text, "Write the same host name in both.")


def trusted_origins(settings: Any) -> Iterator[Found]:
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        address = _split(origin)
        if "*" in origin or address is None or address.scheme != "https" or not address.hostname:
            text = "an entry without https://, or with a *, lets strangers' pages send forms in people's names."
            yield Found("CSRF_TRUSTED_ORIGINS", text, ORIGINS_EXAMPLE)


def vendors(settings: Any) -> Iterator[Found]:
    for manifest in manifests().values():
        for host in manifest.hosts.values():
            address = _split(host.address())
            if address is None or address.scheme != "https" or not address.hostname or is_here(address.hostname):
                # One reason for all four: with the sandbox on, its own rule tells the rest.
                yield Found(
                    host.variable,
                    "the vendor is not spoken to over https, so its tokens and people's data could be read on the way.",
                    f"Leave it out, or write an address like {host.url}.",
                )


def _split(address: str) -> SplitResult | None:
    try:
        split = urlsplit(address)
        _ = split.port
    except ValueError:
        return None
    return split


RULES: Final = (allowed_hosts, public_url, trusted_origins, vendors)
