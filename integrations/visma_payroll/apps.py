from django.apps import AppConfig

from integrations.core.registry import Host, Limit, Manifest, UsedBy, Variable
from integrations.visma_payroll.unconfirmed import REQUESTS, SECONDS


class VismaPayrollConfig(AppConfig):
    name = "integrations.visma_payroll"
    label = "visma_payroll"
    verbose_name = "Visma.net Payroll"

    manifest = Manifest(
        name="visma_payroll",
        label="Visma.net Payroll",
        connector="integrations.visma_payroll.connector.VismaPayrollConnector",
        limit=Limit(requests=REQUESTS, seconds=SECONDS),
        country="NO",
        account_word="Tenant ID",
        used_by=UsedBy.HR,
        hosts={
            "api": Host(
                variable="VISMA_PAYROLL_API_URL",
                url="https://api.employeecore.hrm.visma.net/v2",
                sandbox_path="/visma_payroll/v2",
            ),
            "auth": Host(variable="VISMA_CONNECT_URL", url="https://connect.visma.com", sandbox_path="/visma_payroll"),
        },
        variables={
            "client_id": Variable(name="VISMA_PAYROLL_CLIENT_ID", sandbox="sandbox-client"),
            "client_secret": Variable(name="VISMA_PAYROLL_CLIENT_SECRET", sandbox="sandbox-secret", secret=True),
        },
    )
