"""The long rehearsal: everything edited, failed and killed at random, and then compared field by field."""
