"""Plays Fortnox: OAuth pages and tokens, employees, company information."""
