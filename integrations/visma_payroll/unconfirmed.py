"""What no official page or live test has confirmed about Visma.net Payroll, in one place: correct it here once known.

Assumed elsewhere, too: that a property which a document lacks is empty (a PUT drops what is missing, so nothing is
held back from a GET); that a position's own dated lists may begin before or after the position does, so that they are
left alone when its first day moves; that a job of unknown status is still under way.
"""

from typing import Final
from zoneinfo import ZoneInfo

# The kind of an e-mail address or phone number that belongs to work. A person's other contacts show its spelling.
BUSINESS: Final = "Business"
# Types of position that must say why they end. The second was never seen written.
ORDINARY: Final = "Ordinary"
MARITIME: Final = "Maritime"
# "The employee has resigned from his/her position", by the list of the Norwegian a-ordning.
RESIGNED: Final = "arbeidstakerHarSagtOppSelv"
# By the help page; no description of the API names a length.
LONGEST_NUMBER: Final = 12
# The changelog's name of the parameter; another client sends pageSize. 50 is the default, no largest one is known.
PAGE_SIZE_PARAMETER: Final = "page-size"
PAGE_SIZE: Final = 50
# An ETag that moved. If-Match is documented, its status is not.
MOVED_STATUSES: Final = frozenset({409, 412})
# Seconds after which a write whose answer was lost stands in the list of jobs, and its job has ended.
SETTLE_SECONDS: Final = 120.0
# Assumed in ``client``: a 403 names no reason, so the first one is taken for the record's (``core.rights``).
# Calls per seconds: no limit is published.
REQUESTS: Final = 5
SECONDS: Final = 1
# What the token endpoint says of a tenant that does not exist, and of one that has not authorised the app.
UNKNOWN_TENANT_ERRORS: Final = ("invalid_request", "invalid_tenant", "invalid_target")
NOT_AUTHORISED_ERRORS: Final = ("unauthorized_client", "access_denied")
# Dates are documented without a time. One that comes with a time and a zone (2014-12-31T23:00:00Z) is the day that it
# is here.
DATES_IN: Final = ZoneInfo("Europe/Oslo")
