"""What an upgrade does with stored values when the rules for them change (D-01, D-09): works on historical models.

Nothing looks edited afterwards, and nothing is pushed: people, absences, departments and the pairs of the links are
rewritten together; versions and marks stay. What would be refused now stays, and is listed to be mended.
"""

from datetime import date

from django.apps.registry import Apps

from integrations.core.upgrades.following import end_imports, outdate_reviews, rewrite_deliveries, rewrite_links
from integrations.core.upgrades.rewriting import Looked, Rewriting
from integrations.core.upgrades.tables import tables


def make_canonical(apps: Apps, *, today: date) -> Looked:
    """Rewrite whatever is stored in another writing than it would be today; belongs into one transaction."""
    looked = Looked()
    for table in tables(today=today):
        Rewriting(apps, table, looked).run()
    looked.links = rewrite_links(apps)
    rewrite_deliveries(apps)
    looked.reviews = outdate_reviews(apps)
    looked.imports = end_imports(apps)
    return looked
