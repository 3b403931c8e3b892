"""An app for worker processes whose compare behaves as ``POISON`` says instead of comparing.

``kill``: kills its worker. ``sleep``: takes longer than the canary's patience. ``review``: ends at once.
The last two then put the run in review.
"""
