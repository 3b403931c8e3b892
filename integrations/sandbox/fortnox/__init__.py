"""Plays Fortnox: OAuth pages and tokens, employees, absences, schedule times, company information."""
