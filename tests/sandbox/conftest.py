from collections.abc import Iterator

import pytest

from tests.sandbox.fortnox_caller import FortnoxCaller
from tests.sandbox_client import SandboxClient


@pytest.fixture
def stranger(sandbox: SandboxClient) -> Iterator[FortnoxCaller]:
    """Nobody whom Fortnox knows yet."""
    caller = FortnoxCaller(url=sandbox.url)
    yield caller
    caller.session.close()


@pytest.fixture
def fortnox(stranger: FortnoxCaller) -> FortnoxCaller:
    """Connected to the first company."""
    stranger.connect()
    return stranger
