import pytest

from integrations.core.models import Connection
from tests.core.connected import connect
from tests.sandbox_client import SandboxClient


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    """An active connection, authorised just now."""
    connection = connect()
    Connection.objects.update(state=Connection.State.ACTIVE, recipients=["hanna@example.se", "payroll@example.se"])
    connection.refresh_from_db()
    sandbox.clear_calls()
    return connection
