"""What every integration must do with people, done by Visma.net Payroll's."""

from tests.integrations.pushing import PushingContract
from tests.integrations.synchronising import SynchronisingContract
from tests.visma_payroll.driver import VismaPayrollDriver


class TestSharedContract(SynchronisingContract, PushingContract):
    driver_class = VismaPayrollDriver
