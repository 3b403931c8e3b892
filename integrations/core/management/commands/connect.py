"""Connect a hub company to a vendor from the command line, as the wizard does it in the browser."""

import sys
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from employees.models import Company
from integrations.core import connecting, tokens
from integrations.core.accounts import AuthorisationFailed
from integrations.core.connecting import NotAsShown
from integrations.core.models import Connection
from integrations.core.registry import manifests


class Command(BaseCommand):
    help = "Connects a company: prints the vendor's page to approve on, and reads the address it sends the browser to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("integration", choices=list(manifests()))
        parser.add_argument("--company", required=True, help="the hub company's name or ID")
        parser.add_argument("--user", help="username of who connects (default: the only superuser)")
        parser.add_argument("--service-account", action="store_true", help="ask for a service account")
        parser.add_argument("--accept-terms", action="store_true", help="say that you may connect this company")
        parser.add_argument("--redirect-uri", help="default: PUBLIC_URL/oauth/INTEGRATION/callback")
        parser.add_argument("--redirected-url", help="the address the browser was sent to (default: asked for)")
        parser.add_argument("--yes", action="store_true", help="say yes to what is found, without being asked")
        parser.add_argument("--tenant", help="the vendor's company, where it is named instead of approved in a browser")

    def handle(self, *args: Any, **options: Any) -> None:
        integration: str = options["integration"]
        by = find_user(options["user"])
        connection = find_or_create_connection(integration=integration, company=find_company(options["company"]), by=by)
        redirect_uri = options["redirect_uri"] or f"{settings.PUBLIC_URL}/oauth/{integration}/callback"
        if options["accept_terms"]:
            connecting.accept_terms(connection_id=connection.pk, by=by)
        elif connection.consent_at is None:
            raise CommandError("Nobody has accepted the terms for this connection: add --accept-terms.")
        try:
            if tokens.oauth_connector(connection).authorisation_form() is not None:
                if not options["tenant"]:
                    raise CommandError("Say which company of the vendor's: --tenant ID.")
                tenant = _tenant(connection, options["tenant"])
                self._say(self._connect_by_form(connection, tenant=tenant, by=by, yes=options["yes"]))
                return
            started = connecting.start_authorisation(
                connection_id=connection.pk, service_account=options["service_account"], redirect_uri=redirect_uri
            )
            self.stdout.write(f"Approve the access on this page:\n\n{started.url}\n")
            callback = self._callback(options["redirected_url"])
            connection = connecting.finish_authorisation(
                connection_id=connection.pk, callback=callback, started=started, redirect_uri=redirect_uri, by=by
            )
        except AuthorisationFailed as error:
            raise CommandError(error.message) from error
        self._say(connection)

    def _connect_by_form(self, connection: Connection, *, tenant: str, by: User, yes: bool) -> Connection:
        """Show what is found there, and connect it once somebody has said yes (VP-16)."""
        looked = connecting.look_by_form(connection_id=connection.pk, tenant=tenant)
        found = looked.found
        more = "" if found.complete else " or more"
        self.stdout.write(f"Found: {found.shown}, {found.people}{more} people: {', '.join(found.names) or 'nobody'}.")
        if not yes:
            self.stdout.write("Is this the company? Type yes to connect it:")
            self.stdout.flush()
            if sys.stdin.readline().strip().casefold() != "yes":
                raise CommandError("Nothing was connected.")
        try:
            return connecting.authorise_by_form(
                connection_id=connection.pk, tenant=tenant, by=by, shown=looked.made_from
            )
        except NotAsShown as changed:
            raise CommandError("Something else is found by now: nothing was connected. Start again.") from changed

    def _say(self, connection: Connection) -> None:
        self.stdout.write(self.style.SUCCESS(f"Connected to {connection.account_shown} (connection {connection.pk})."))

    def _callback(self, redirected_url: str | None) -> dict[str, str]:
        if redirected_url is None:
            self.stdout.write("Then paste the address that the browser was sent to:")
            self.stdout.flush()
            redirected_url = sys.stdin.readline()
        return dict(parse_qsl(urlsplit(redirected_url.strip()).query))


def _tenant(connection: Connection, given: str) -> str:
    """Return the vendor's company as the wizard's form reads it; raises CommandError."""
    wanted = tokens.oauth_connector(connection).authorisation_form()
    form = wanted({connecting.TENANT: given}) if wanted else None
    if form is None or connecting.TENANT in form.errors:
        raise CommandError(" ".join(map(str, form.errors[connecting.TENANT])) if form else "")
    return str(form.cleaned_data[connecting.TENANT])


def find_user(username: str | None) -> User:
    """Return the named user, else the only active superuser; raises CommandError."""
    wanted = {"username": username} if username else {"is_superuser": True, "is_active": True}
    found = list(User.objects.filter(**wanted)[:2])
    if len(found) != 1:
        raise CommandError(f"There is no user {username}." if username else "Say who connects: --user USERNAME.")
    return found[0]


def find_company(name_or_id: str) -> Company:
    """Return the hub company; raises CommandError."""
    company = Company.objects.filter(name=name_or_id).first()
    if company is None and name_or_id.isdecimal():
        company = Company.objects.filter(pk=int(name_or_id)).first()
    if company is None:
        names = ", ".join(Company.objects.values_list("name", flat=True)[:20])
        raise CommandError(f"There is no company {name_or_id}; there are: {names or 'none'}.")
    return company


def find_or_create_connection(*, integration: str, company: Company, by: User) -> Connection:
    """Return the company's connection, a connected one first, or a new draft."""
    mine = Connection.objects.filter(integration=integration, company=company)
    found = mine.filter(state__in=Connection.CONNECTED).first() or mine.order_by("-pk").first()
    return found or connecting.create_draft(
        integration=integration, company=company, label=f"{manifests()[integration].label} – {company.name}", by=by
    )
