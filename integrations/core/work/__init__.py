"""The background service: one process that starts, watches and restarts the queue's clusters."""
