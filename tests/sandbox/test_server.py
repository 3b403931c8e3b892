import os
import signal
import subprocess
import sys
from http.client import HTTPConnection

import pytest
import requests

from integrations.sandbox.server import start
from tests.sandbox_client import SandboxClient

COMMANDS = {
    "without Django": ["-m", "integrations.sandbox", "--port", "0"],
    "as a management command": ["manage.py", "sandbox", "--port", "0", "--seed-people", "10", "--seed", "3"],
}


def test_sandbox_runs_in_a_thread_of_its_own() -> None:
    server, url = start()
    client = SandboxClient(url=url)
    assert client.seed(people=3) == 3
    client.close()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5, proxies={"http": ""})


def test_two_sandboxes_share_nothing(sandbox: SandboxClient) -> None:
    server, url = start()
    other = SandboxClient(url=url)
    other.seed(people=3)
    assert sandbox.state("fortnox", "employees") == []
    other.close()
    server.stop()


def test_connection_is_kept_alive(sandbox: SandboxClient) -> None:
    connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/")
        connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1
    assert None not in sockets
    connection.close()


def test_start_page_names_the_vendors(sandbox: SandboxClient) -> None:
    assert "/fortnox" in requests.get(sandbox.url, timeout=10, proxies={"http": ""}).text


def test_unknown_vendor_is_not_found(sandbox: SandboxClient) -> None:
    assert requests.get(f"{sandbox.url}/nobody/3", timeout=10, proxies={"http": ""}).status_code == 404


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_program_prints_its_address_serves_and_ends_when_told(arguments: list[str]) -> None:
    program = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        # A database that cannot be reached: the program needs none.
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"},
    )
    with program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        answer = requests.get(f"{url}/_sandbox/state/fortnox/employees", timeout=10, proxies={"http": ""})
        assert answer.json()["count"] == (10 if "--seed-people" in arguments else 0)
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=30) == 0


def test_program_takes_the_seed(sandbox: SandboxClient) -> None:
    sandbox.seed(people=10, seed=3)
    program = subprocess.Popen(
        [sys.executable, "-m", "integrations.sandbox", "--port", "0", "--seed-people", "10", "--seed", "3"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        client = SandboxClient(url=program.stdout.readline().strip())
        assert client.state("fortnox", "employees") == sandbox.state("fortnox", "employees")
        client.close()
        program.terminate()
