"""Plays the vendors over real HTTP, for rehearsal, demo and tests; shares no code with the integrations."""
