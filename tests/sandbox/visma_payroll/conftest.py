from collections.abc import Iterator

import pytest

from tests.sandbox.visma_caller import VismaCaller
from tests.sandbox_client import SandboxClient


@pytest.fixture
def somebody(sandbox: SandboxClient) -> Iterator[VismaCaller]:
    """Nobody who has a token yet. Jobs end at once, unless a test wants them to take their time."""
    sandbox.settings("visma_payroll", job_seconds=0)
    caller = VismaCaller(url=sandbox.url)
    yield caller
    caller.session.close()


@pytest.fixture
def visma(somebody: VismaCaller) -> VismaCaller:
    """With a token of the first company."""
    somebody.connect()
    return somebody
