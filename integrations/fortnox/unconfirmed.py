"""What no official page or live test has confirmed about Fortnox, in one place: correct it here once somebody knows.

Assumed in ``mappers``, too: a field that an answer does not carry is not shown to us, rather than empty.

Not assumed: whether ``API_BLANK`` clears an e-mail, which Fortnox requires of new people. It is sent only for somebody
who has left and whose address another person of the hub has by now; refused, a person is asked to change it there.

Assumed of absences (``client``, ``absence_mappers``): that hours follow a changed extent, that a change takes the
required fields again, that a list takes one filter at a time, and that a day of closed payroll may be refused.

Assumed of rights (``client``): code 2000663 says that the authorisation lacks a scope, or its user the right, with
whatever status. How Fortnox refuses one record alone is not published: any other 403 is taken for that.
"""

from typing import Final
from zoneinfo import ZoneInfo

# Seconds after which a write whose answer was lost is sure to be done or dropped. Wrong if a create that was
# looked up in vain turns up later than this.
SETTLE_SECONDS: Final = 60.0
# The language in which a country's name is written to the free-text field Country (samples show English, too).
COUNTRY_LANGUAGE: Final = "sv"
# A refresh token dies after so many idle days: 45 by the page of 2026, 31 by older copies.
IDLE_DAYS: Final = 45
# It is renewed every week, and its recipients are told when it was not for three: ten days before the end if the
# older pages are right.
RENEW_DAYS: Final = 7
WARN_DAYS: Final = 24
# Beginnings of `error` at the redirect and at the token endpoint; the endings differ between sources
# (…_right, …_privileges).
LICENCE_ERRORS: Final = ("error_missing_license", "error_missing_app_license")
RIGHT_ERRORS: Final = ("error_missing_system_admin",)
# The code of "must not be empty": seen for another resource, with the same text as for employees. The texts of the
# error log assume, too, that the message of a refused value names the field in brackets at its end.
EMPTY_CODE: Final = "2000699"
# Not in the published list of characters, though it could be meant there by “the character ‘”: names such as O'Brien
# are sent, and Fortnox says so if it takes none.
ALSO_TAKEN: Final = "'"
# Causes of absence that no description names: FRX was seen at the service, the others are one client's word.
UNPUBLISHED_CAUSES: Final = frozenset({"FRX", "OS6", "OS7"})
# Dates come without a time. One that has a time with a zone is read here.
DATES_IN: Final = ZoneInfo("Europe/Stockholm")
