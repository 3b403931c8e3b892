"""All scenarios: each room puts its own into `asked.SCENARIOS`."""

from tests.shown import account_scenarios, hub_scenarios, run_scenarios, vendor_scenarios
from tests.shown.asked import SCENARIOS, Asked

__all__ = ["SCENARIOS", "Asked", "account_scenarios", "hub_scenarios", "run_scenarios", "vendor_scenarios"]
