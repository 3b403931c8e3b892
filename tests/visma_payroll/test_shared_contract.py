"""What every integration must do, done by Visma.net Payroll's."""

from tests.integrations.contract import IntegrationContract
from tests.visma_payroll.driver import VismaPayrollDriver


class TestSharedContract(IntegrationContract):
    driver_class = VismaPayrollDriver
