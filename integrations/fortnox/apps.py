from django.apps import AppConfig

from integrations.core.registry import Host, Limit, Manifest, UsedBy, Variable


class FortnoxConfig(AppConfig):
    name = "integrations.fortnox"
    label = "fortnox"
    verbose_name = "Fortnox"

    manifest = Manifest(
        name="fortnox",
        label="Fortnox",
        connector="integrations.fortnox.connector.FortnoxConnector",
        # Fortnox allows 25 in 5 seconds per company; at exactly 25 it still refuses some.
        limit=Limit(requests=24, seconds=5),
        country="SE",
        used_by=UsedBy.HR,
        hosts={
            "api": Host(variable="FORTNOX_API_URL", url="https://api.fortnox.se", sandbox_path="/fortnox"),
            "auth": Host(variable="FORTNOX_AUTH_URL", url="https://apps.fortnox.se", sandbox_path="/fortnox"),
        },
        variables={
            "client_id": Variable(name="FORTNOX_CLIENT_ID", sandbox="sandbox-client"),
            "client_secret": Variable(name="FORTNOX_CLIENT_SECRET", sandbox="sandbox-secret", secret=True),
        },
        pushes={"absences": "integrations.fortnox.absence_transfer.AbsenceTransfer"},
    )

    def ready(self) -> None:
        # Receivers connect when the models are loaded.
        from integrations.fortnox import absence_switch

        absence_switch.connect()
