"""What can go wrong with a vendor, sorted by what to do next (architecture, invariant 9)."""

from employees.foreign_text import ForeignText


class VendorError(Exception):
    """A vendor did not do what was asked; ``message`` is the vendor's own words, or a sentence of ours about them."""

    def __init__(self, message: str = "", *, status: int = 0, code: str = "") -> None:
        self.message = ForeignText(message)
        super().__init__(self.message)
        self.status = status
        self.code = code


class ReauthorisationRequired(VendorError):
    """The authorisation is gone: stop, tell once, keep links and marks."""


class LicenceMissing(VendorError):
    """The vendor company lacks a licence: ordering it helps, connecting again does not."""


class RightMissing(VendorError):
    """The authorisation lacks a scope, or its user a right: nothing goes on before it has it."""


class Refused(VendorError):
    """The vendor refused this record; it holds what it held before."""


class Moved(Refused):
    """Somebody changed the record since it was read: nothing was done; read it again, and decide again."""


class Forbidden(Refused):
    """A right is missing for this record; what that says of the others, `core.rights` knows."""


class NotFound(Refused):
    """The vendor has no such record."""


class AlreadyThere(Refused):
    """Somebody at the vendor holds the natural key of who was to be created: nobody was."""


class AnotherRecord(Refused):
    """The vendor answered with somebody else's record: nothing is done with it."""


class Forgotten(VendorError):
    """The vendor took a write in and shows nowhere what became of it: a person decides, nothing is sent again."""


class CannotBeRead(Refused):
    """The vendor's record holds what cannot be read, as the message says: it is there, and nothing is written on it."""


class TemporarilyUnavailable(VendorError):
    """Nothing was done; wait (``retry_after`` seconds at least, when the vendor said so) and try again."""

    def __init__(self, message: str = "", *, status: int = 0, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after


class Throttled(TemporarilyUnavailable):
    """The vendor's rate limit was hit (429): the whole connection pauses."""


class PutDown(Throttled):
    """A write of several calls was put down before it wrote anything, for lack of time."""


class ListUnsound(TemporarilyUnavailable):
    """The vendor's list does not hold as many people as it says, however often it is read: nobody is missing for it."""


class ListDoesNotEnd(ListUnsound):
    """The vendor's list goes round in a circle: reading on would never end."""


class OutcomeUnknown(VendorError):
    """A write was sent and its answer did not come, or could not be read: look it up before sending again."""


class AboutAnother(OutcomeUnknown):
    """The vendor answered a write with somebody else's record: it says nothing about the one that was sent."""
