"""The integrations that are installed, and the connector of a connection.

An integration's ``apps.py`` sets ``manifest`` on its AppConfig; INSTALLED_APPS is the one list of vendors.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple

from django.apps import apps
from django.conf import settings
from django.forms import Form
from django.utils.module_loading import import_string

from integrations.core.declare import NOTHING, Resource
from integrations.core.endpoints import Account, VendorEndpoint


def _environment(name: str) -> str:
    """Return a variable as it is written: django-environ takes what begins with a dollar sign for another's name."""
    return os.environ.get(name, "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One of a vendor's hosts: its URL variable, the vendor's own URL and the sandbox's path that plays it."""

    variable: str
    url: str
    sandbox_path: str

    def address(self) -> str:
        """Return the URL to call: the environment's, else the sandbox (DEBUG=1) or the vendor (DEBUG=0)."""
        default = f"{settings.SANDBOX_URL}{self.sandbox_path}" if settings.SANDBOX_VENDORS else self.url
        return (_environment(self.variable) or default).rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of the environment that an integration needs, with the sandbox's value."""

    name: str
    sandbox: str = ""
    secret: bool = False

    def value(self) -> str:
        return _environment(self.name) or (self.sandbox if settings.SANDBOX_VENDORS else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``requests`` calls in any ``seconds``, as the product sends them (below the vendor's own limit)."""

    requests: int
    seconds: float

    @property
    def interval(self) -> float:
        return self.seconds / self.requests


class UsedBy(StrEnum):
    """To whose roles the rights on an integration belong (`config.roles`)."""

    HR = "hr"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an integration says of itself to the rest of the product."""

    name: str
    label: str
    connector: str
    limit: Limit
    # The country in whose ways the vendor's phones, addresses and bank accounts are read.
    country: str
    used_by: UsedBy
    hosts: Mapping[str, Host] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    icon: str = "sync_alt"
    # The vendor's word for the ID of one of its companies, for where it gives no name.
    account_word: str = ""
    # What it pushes beside people: the resource's name and the class (``core.push.others.OtherPush``) that does it.
    pushes: Mapping[str, str] = field(default_factory=dict)

    def host(self, name: str) -> str:
        return self.hosts[name].address()


# For `Connector.explain`: a right that is missing for one record, whatever the vendor's own code.
FORBIDDEN: Final = "forbidden"


class Explanation(NamedTuple):
    """What a problem means for an HR admin: a title for all of its kind, why, and what to do next.

    ``title_of_field`` is the title where one field alone is to blame, with ``%(field)s`` for its label.
    """

    title: str
    why: str
    next_step: str
    title_of_field: str = ""


class Connector(ABC):
    """Joins a connection with its vendor; an integration's ``connector.py`` holds the one subclass.

    Built from plain values, so that it knows no ORM: ``options`` are the connection's settings.
    """

    manifest: ClassVar[Manifest]
    # What people chose for linked records, by the vendor's ID (`Resource.choice`); set by whoever makes calls.
    choices: Mapping[str, str] = NOTHING
    # Which of several was written last (`Link.written`); what is written meanwhile is seen here, too.
    written: Mapping[str, str] = NOTHING

    def __init__(self, *, options: Mapping[str, Any]) -> None:
        self.options = options
        # The links' options by the vendor's ID, filled before a list is read (`Resource.reads_by_link`).
        self.linked: dict[str, Mapping[str, Any]] = {}

    @abstractmethod
    def resources(self) -> tuple[Resource, ...]:
        """Return the declared resources under the connection's settings."""

    @abstractmethod
    def sources(self, resource: str) -> Mapping[str, str]:
        """Return, per field, the name of the hub's value that it is kept in step with (``hub.people.VALUES``)."""

    def compares_by(self) -> Mapping[str, Any]:
        """Return the settings, beside those that choose the sources, by which a comparison may show something else."""
        return NOTHING

    @abstractmethod
    def endpoint(self, resource: str, *, access_token: str) -> VendorEndpoint:
        """Return the vendor's side of a resource."""

    @abstractmethod
    def check_account(self, *, access_token: str) -> Account:
        """Return the vendor company that the token opens; raises LicenceMissing, RightMissing."""

    def authorisation_form(self) -> type[Form] | None:
        """Return the form that connects, or None where people sign in at the vendor instead.

        Its field ``tenant`` is the vendor's company; other fields only have to be filled in.
        """
        return None

    def creation_form(self) -> type[Form] | None:
        """Return the form of what may be chosen for one new person at the vendor, or None.

        Its fields are settings of the connection, by name; ``create`` gets those that differ as its ``settings``.
        """
        return None

    def licence_help(self, code: str) -> str:
        """Return which licence to order and where, for a vendor's error code; empty where the vendor has none."""
        return ""

    def explain(self, code: str, message: str) -> Explanation | None:
        """Return what a vendor's error code means and what to do, or None where only its message says so (G-09)."""
        return None

    def record_url(self, resource: str, right_id: str) -> str:
        """Return where a person finds the record at the vendor, or an empty string."""
        return ""


def account_text(integration: str, account_id: str, name: str) -> str:
    """Return what the vendor calls its company, with the ID by which it knows it: *Demo AB (1234)*.

    Where the vendor gives it no name, the ID alone: *Tenant ID 0f8a1c52-…* (VP-16).
    """
    if name and account_id:
        return f"{name} ({account_id})"
    if not account_id:
        return name
    manifest = manifests().get(integration)
    return f"{manifest.account_word if manifest else ''} {account_id}".strip()


@cache
def manifests() -> dict[str, Manifest]:
    """Return the installed integrations' manifests by name, in the order of INSTALLED_APPS."""
    found = (getattr(config, "manifest", None) for config in apps.get_app_configs())
    return {manifest.name: manifest for manifest in found if isinstance(manifest, Manifest)}


def manifest_of(integration: str) -> Manifest:
    return manifests()[integration]


def connector_class(integration: str) -> type[Connector]:
    loaded: type[Connector] = import_string(manifest_of(integration).connector)
    return loaded


@cache
def connects_by_form(integration: str) -> bool:
    """Whether a form connects, and nobody signs in at the vendor: there is nothing to renew or to revoke."""
    return connector_class(integration)(options={}).authorisation_form() is not None
