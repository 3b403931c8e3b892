"""The core's admin pages; importing them registers them."""

from integrations.core.admin.absences import TransferredAbsenceAdmin
from integrations.core.admin.changes import FieldChangeAdmin
from integrations.core.admin.connections import ConnectionAdmin
from integrations.core.admin.deliveries import DeliveryAdmin
from integrations.core.admin.links import LinkAdmin
from integrations.core.admin.people import PersonAdmin
from integrations.core.admin.problems import ProblemAdmin
from integrations.core.admin.queue import QUEUE_ADMINS
from integrations.core.admin.rows import SyncRowAdmin
from integrations.core.admin.runs import SyncRunAdmin
from integrations.core.admin.to_mend import StoredValueAdmin

__all__ = [
    "QUEUE_ADMINS",
    "ConnectionAdmin",
    "DeliveryAdmin",
    "FieldChangeAdmin",
    "LinkAdmin",
    "PersonAdmin",
    "ProblemAdmin",
    "StoredValueAdmin",
    "SyncRowAdmin",
    "SyncRunAdmin",
    "TransferredAbsenceAdmin",
]
