"""Errors of ours whose messages may be told."""

from django.core.exceptions import ImproperlyConfigured


class WithoutValues(Exception):
    """Its message holds counts, our own names and records' numbers, never a value: logs tell it (invariant 15)."""


class WrongSettings(WithoutValues, ImproperlyConfigured):
    """The operator reads in the log which setting is wrong, and what to write instead."""
