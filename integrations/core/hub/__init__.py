"""The hub as the left endpoint, and the tracking of its changes."""
