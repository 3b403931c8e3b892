"""The sandbox in a process of its own."""

import subprocess
import sys

from config.sandbox_control import SandboxClient

__all__ = ["SandboxClient", "SandboxProcess"]


class SandboxProcess:
    """The sandbox as a program; it prints its address once it listens."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "integrations.sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        if self._process.stdout is None:
            raise RuntimeError("The sandbox's output is not connected.")
        address = self._process.stdout.readline().strip()
        if not address.startswith("http://"):
            self.stop()
            raise RuntimeError("The sandbox ended instead of starting; its own message stands above.")
        self.client = SandboxClient(url=address)

    def stop(self) -> None:
        if hasattr(self, "client"):
            self.client.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
