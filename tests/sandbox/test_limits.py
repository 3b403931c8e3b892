import time
from itertools import pairwise

import requests

from tests.sandbox.fortnox_caller import SECOND_COMPANY, FortnoxCaller
from tests.sandbox_client import SandboxClient


def _statuses(fortnox: FortnoxCaller, count: int) -> list[int]:
    return [fortnox.get("companyinformation").status_code for _ in range(count)]


def _wait_until_admitted(fortnox: FortnoxCaller) -> requests.Response:
    deadline = time.monotonic() + 30
    while (answer := fortnox.get("companyinformation")).status_code == 429 and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def test_fortnox_admits_25_calls_in_five_seconds(sandbox: SandboxClient) -> None:
    limit = {"requests": 25, "seconds": 5, "retry_after": None}
    assert sandbox.call("GET", "limits")["fortnox"] == limit


def test_one_call_too_many_is_refused_without_naming_a_time(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(requests=3, seconds=60)
    assert _statuses(fortnox, 4) == [200, 200, 200, 429]
    assert "Retry-After" not in fortnox.get("companyinformation").headers


def test_window_slides(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(requests=2, seconds=1)
    assert _statuses(fortnox, 3) == [200, 200, 429]
    assert _wait_until_admitted(fortnox).status_code == 200
    served = [call["start"] for call in sandbox.calls(path="/3/companyinformation") if call["status"] == 200]
    # The window is kept by another clock than the list of calls.
    assert all(third - first > 0.95 for first, third in zip(served, served[2:], strict=False))
    assert all(earlier <= later for earlier, later in pairwise(served))


def test_retry_after_is_named_when_it_is_set(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(requests=1, seconds=60, retry_after=2)
    fortnox.get("companyinformation")
    assert fortnox.get("companyinformation").headers["Retry-After"] == "2"


def test_tenants_have_limits_of_their_own(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(requests=1, seconds=60)
    stranger.connect()
    assert _statuses(stranger, 2) == [200, 429]
    stranger.connect(company=SECOND_COMPANY)
    assert _statuses(stranger, 2) == [200, 429]


def test_refused_call_does_no_work(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(requests=1, seconds=60)
    _statuses(fortnox, 2)
    assert [call["worked"] for call in sandbox.calls(path="/3/companyinformation")] == [True, False]


def test_tokens_and_pages_are_not_limited(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(requests=1, seconds=60)
    for _ in range(3):
        stranger.connect()
    assert stranger.get("companyinformation").status_code == 200


def test_latency_lengthens_calls_but_not_pages(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.latency(mean=200, jitter=0.5)
    sandbox.clear_calls()
    fortnox.open_login()
    fortnox.get("companyinformation")
    page, call = sandbox.calls()
    assert call["end"] - call["start"] >= 0.1
    assert page["end"] - page["start"] < call["end"] - call["start"]
