"""The characters that Fortnox takes in a text (FX-21; pure).

Published as a regular expression at https://www.fortnox.se/developer/guides-and-good-to-know/formats-and-encoding, read
on 2026-11-29: letters of any language, the two combining marks of Swedish letters, and the signs below.
"""

import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from employees.values.texts import canonical
from integrations.core.declare import Text
from integrations.core.kinds import Address
from integrations.fortnox.mappers import BLANK, NO_RIGHT
from integrations.fortnox.unconfirmed import ALSO_TAKEN

TAKEN: Final = frozenset(
    "0123456789 \u2013:.`\u00b4\u2019,;^¤#%§£$€¢¥©™°&/()=+-*_!?²³®½@\\\u0308\u030a\u00a0\n\r" + ALSO_TAKEN
)
NAMED: Final = 3
# Words that mean something else to Fortnox than themselves: emptied, and not shown.
COMMANDS: Final = frozenset({BLANK, NO_RIGHT})


def check_characters(value: str) -> Text | None:
    """Name the characters that Fortnox would refuse; what is canonical in the text when it is sent is no matter."""
    if canonical(value).upper() in COMMANDS:
        return _("Fortnox would take this word for a command. Write another text in the hub: it is then sent.")
    refused = [sign for sign in dict.fromkeys(canonical(value)) if not is_taken(sign)]
    if not refused:
        return None
    return ngettext(
        "Fortnox does not take the character %(names)s. Replace it or leave it out in the hub: it is then sent.",
        "Fortnox does not take the characters %(names)s. Replace them or leave them out in the hub: it is then sent.",
        len(refused),
    ) % {"names": ", ".join(name_of(sign) for sign in refused[:NAMED])}


def check_address_characters(value: Address) -> Text | None:
    for label, part in ((_("Street"), value.street), (_("Postal code"), value.postal_code), (_("City"), value.city)):
        if reason := check_characters(part):
            return format_lazy("{}: {}", label, reason)
    return None


def validate_characters(value: str) -> None:
    """Raises ValidationError in a form, for a text that goes to Fortnox as it is typed."""
    if reason := check_characters(value):
        raise ValidationError(reason)


def is_taken(sign: str) -> bool:
    return sign in TAKEN or unicodedata.category(sign).startswith("L")


def name_of(sign: str) -> str:
    """Return the character with its Unicode name: some look like others, some are hardly seen."""
    name = unicodedata.name(sign, f"U+{ord(sign):04X}").lower()
    return f"“{sign}” ({name})" if sign.isprintable() and not unicodedata.combining(sign) else name
