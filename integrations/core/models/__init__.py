"""The core's tables (see ARCHITECTURE.md)."""

from integrations.core.models.bells import Bell
from integrations.core.models.connections import Connection, Lease
from integrations.core.models.deliveries import Delivery, Notification, Problem
from integrations.core.models.history import AppendOnly, Canary, FieldChange
from integrations.core.models.links import HeldEdit, Link, Mark, MassChange
from integrations.core.models.runs import ReviewVisit, SyncField, SyncRow, SyncRun

__all__ = [
    "AppendOnly",
    "Bell",
    "Canary",
    "Connection",
    "Delivery",
    "FieldChange",
    "HeldEdit",
    "Lease",
    "Link",
    "Mark",
    "MassChange",
    "Notification",
    "Problem",
    "ReviewVisit",
    "SyncField",
    "SyncRow",
    "SyncRun",
]
