"""The kill harness: processes are killed at random moments of a sync, then both sides are held against the approval."""
