"""What every integration must do, whatever its vendor: one class of tests to inherit.

An integration's own test folder names its driver, and has nothing else to do::

    class TestSharedContract(IntegrationContract):
        driver_class = FortnoxDriver
"""

from tests.integrations.connecting import ConnectingContract
from tests.integrations.guarding import GuardingContract
from tests.integrations.keeping import KeepingContract
from tests.integrations.leaving import LeavingContract
from tests.integrations.likeness import LikenessContract
from tests.integrations.newer import NewerContract
from tests.integrations.pushing import PushingContract
from tests.integrations.synchronising import SynchronisingContract
from tests.integrations.writing import WritingContract


class IntegrationContract(
    ConnectingContract,
    SynchronisingContract,
    LikenessContract,
    WritingContract,
    PushingContract,
    NewerContract,
    KeepingContract,
    LeavingContract,
    GuardingContract,
):
    """All of it; the driver is ``tests.integrations.driver.Driver``."""
