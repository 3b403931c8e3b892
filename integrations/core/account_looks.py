"""What stands at the vendor in a company that somebody named, to be recognised before it is connected (VP-16)."""

import time
from typing import Final, NamedTuple

from django.utils.text import Truncator

from integrations.core.endpoints import FIRST_PAGE, Account, PagesRead, Place, said_of_endless
from integrations.core.errors import ListDoesNotEnd
from integrations.core.http import border
from integrations.core.oauth import OAuthConnector
from integrations.core.registry import account_text

# So many pages are counted while somebody waits; of a larger company it is said that there are more.
MOST_PAGES: Final = 10
NAMES: Final = 5
# Longer ones are cut: anything may stand there.
LONGEST_NAME: Final = 80


class Found(NamedTuple):
    """``people`` are counted, and are ``complete`` unless the vendor has more; ``names`` are the first few."""

    account: Account
    shown: str
    people: int
    complete: bool
    names: tuple[str, ...]

    def made_from(self) -> list[object]:
        return [list(self.account), self.people, self.complete, list(self.names)]


def look(connector: OAuthConnector, *, account: Account, access_token: str) -> Found:
    """Read the first people of the vendor's company; raises VendorError. Nothing of it is kept."""
    resource = connector.resources()[0]
    endpoint = connector.endpoint(resource.name, access_token=access_token)
    read, names, place = PagesRead(), list[str](), FIRST_PAGE
    following: Place | None = place
    for number in range(MOST_PAGES):
        if following is None:
            break
        if number:
            # Neither a connection's slot nor its row is touched for a look that may be declined.
            time.sleep(connector.manifest.limit.interval)
        with border("GET"):
            page = endpoint.list_page(following)
        read.add(page)
        if read.goes_round:
            raise ListDoesNotEnd(said_of_endless())
        names.extend(record.label for record in page.records if record.label and not record.unreadable)
        following = page.next_page
    return Found(
        account=account,
        shown=account_text(connector.manifest.name, account.id, account.name),
        people=read.named,
        complete=following is None,
        names=tuple(Truncator(name).chars(LONGEST_NAME) for name in names[:NAMES]),
    )
