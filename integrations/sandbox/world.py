"""The state of every vendor, and of what is to go wrong."""

import random
import threading
import time

from integrations.sandbox.calls import CallLog
from integrations.sandbox.faults import FaultRules
from integrations.sandbox.fortnox.vendor import Fortnox
from integrations.sandbox.limits import SlidingWindow
from integrations.sandbox.messages import Request
from integrations.sandbox.vendor import Vendor
from integrations.sandbox.visma_payroll.vendor import VismaPayroll


class World:
    """Every vendor's state, in this process's memory."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.calls = CallLog()
        self.faults = FaultRules()
        self.generation = 0
        self.reset()

    def reset(self) -> None:
        """Be as just started; work that is still to come late is not done."""
        with self.lock:
            self.generation += 1
            self.calls.clear()
            self.faults.clear()
            played: tuple[Vendor, ...] = (Fortnox(), VismaPayroll(clock=self.now))
            self.vendors: dict[str, Vendor] = {vendor.name: vendor for vendor in played}
            self.limits: dict[str, SlidingWindow] = {name: vendor.rate_limit() for name, vendor in self.vendors.items()}
            self.latency = {"mean": 0.0, "jitter": 0.0}  # milliseconds; fraction of the mean
            self.down: dict[str, str] = {}  # vendor: "refuse" or "drop"
            self.clock_offset = 0.0
            # Seeded, so that two rehearsals wait alike.
            self._delays = random.Random(1)

    def now(self) -> float:
        """Return the vendors' time, in epoch seconds; tests may turn it forward."""
        return time.time() + self.clock_offset

    def delay(self, vendor: Vendor, request: Request) -> float:
        """Return how long this call takes, in seconds."""
        if not self.latency["mean"] or vendor.is_page(request):
            return 0.0
        with self.lock:
            spread = self.latency["jitter"] * self._delays.uniform(-1.0, 1.0)
        return max(0.0, self.latency["mean"] * (1.0 + spread) / 1000)
