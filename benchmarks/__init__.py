"""Comparable runs, beside the peers: ``python -m benchmarks`` (see README.md for what is measured, and how)."""
