"""The tests that every integration inherits; ``CONTRIBUTING.md`` says how."""

import pytest

# Their assertions explain themselves as those of a test file do.
for _module in ("stage", "connecting", "synchronising", "pushing", "leaving", "guarding"):
    pytest.register_assert_rewrite(f"tests.integrations.{_module}")
