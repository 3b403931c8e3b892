"""What changed, since a page was made, of what follows at other connections, and by whom, in words (G-21, G-36)."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.parameters import mapping
from integrations.core.admin.review.opened import Review
from integrations.core.hub.happenings import connection_happenings
from integrations.core.runs.confirmation import SEPARATOR, Since
from integrations.core.runs.following import Following, others_of


def as_text(following: Following) -> str:
    """Return what a page says of it, short, for `Since.elsewhere`."""
    said = {
        each.system: [each.people, each.values, each.created, each.held, each.waiting] for each in following.outgoing
    }
    return json.dumps(said).replace(SEPARATOR, "")


def told_elsewhere(review: Review, since: Since, following: Following) -> Iterator[str]:
    """Yield a sentence per system of which something else is said now, and what people changed of its connection."""
    now, before = json.loads(as_text(following)), mapping(since.elsewhere)
    for system in dict.fromkeys([*before, *now]):
        if before.get(system) != now.get(system):
            yield _("What goes to %(system)s by itself is not the same any more. Before: %(before)s. Now: %(now)s.") % {
                "system": system,
                "before": _words(before.get(system)),
                "now": _words(now.get(system)),
            }
    others = [connection.pk for connection in others_of(review.run)]
    for happened in connection_happenings(since.at, pk__in=others):
        yield _("%(who)s changed %(what)s") % {"who": happened.who or _("Somebody"), "what": happened.what}


def _words(said: Any) -> str:
    if not isinstance(said, list) or len(said) != 5 or not all(isinstance(each, int) for each in said[:3]):
        return _("nothing")
    people, values, created, held, waiting = said
    words = [ngettext("%(count)d person", "%(count)d people", people) % {"count": people}]
    if values:
        words.append(ngettext("%(count)d field", "%(count)d fields", values) % {"count": values})
    if created:
        words.append(
            ngettext("%(count)d is created there", "%(count)d are created there", created) % {"count": created}
        )
    if held:
        words.append(_("held until somebody releases it"))
    elif waiting:
        words.append(_("not sent at once"))
    return ", ".join(words)
