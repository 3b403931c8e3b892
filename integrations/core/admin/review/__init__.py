"""The review of a comparison: conflicts, unclear people, missing people, and what confirming writes (G-04, G-05)."""
