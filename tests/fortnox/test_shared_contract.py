"""What every integration must do, done by Fortnox's."""

from tests.fortnox.driver import FortnoxDriver
from tests.integrations.contract import IntegrationContract


class TestSharedContract(IntegrationContract):
    driver_class = FortnoxDriver
