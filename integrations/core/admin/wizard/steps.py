"""The steps from an integration's overview to people in step, read off the rows: any admin can go on, any day."""

from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from integrations.core.addresses import connection_url, run_url, section_url
from integrations.core.admin.status import is_outdated
from integrations.core.models import Connection, SyncRun
from integrations.core.registry import connects_by_form

DONE: Final = "done"
NOW: Final = "now"
OPEN: Final = "open"
LABELS: Final = {
    "overview": _("Overview"),
    "consent": _("Consent"),
    "authorise": _("Sign in"),
    "settings": _("Settings"),
    "compare": _("Compare"),
    "conflicts": _("Conflicts"),
    "missing": _("Missing people"),
    "synchronise": _("Synchronise"),
    "done": _("Done"),
}
NAMES: Final = tuple(LABELS)
# Steps of whoever manages integrations; the others are everybody's who may synchronise.
MANAGED: Final = frozenset({"consent", "authorise", "settings"})
RUN_STEPS: Final = {
    SyncRun.State.QUEUED: "compare",
    SyncRun.State.COMPARING: "compare",
    SyncRun.State.REVIEW: "conflicts",
    SyncRun.State.APPROVED: "synchronise",
    SyncRun.State.APPLYING: "synchronise",
    SyncRun.State.DONE: "done",
    SyncRun.State.DONE_WITH_PROBLEMS: "done",
    # It has to be compared again.
    SyncRun.State.CANCELLED: "compare",
    SyncRun.State.FAILED: "compare",
    SyncRun.State.SUPERSEDED: "compare",
}


class Step(NamedTuple):
    """``url`` is empty while the step cannot be opened; ``state`` is done, now or open."""

    name: str
    label: Any
    url: str
    state: str

    @property
    def managed(self) -> bool:
        """Whether only those who manage integrations may open it."""
        return self.name in MANAGED


def steps_for(*, connection: Connection | None, run: SyncRun | None, integration: str = "") -> list[Step]:
    """Return the steps of a connection, ``run`` being its last one; without one, of the integration's to be set up."""
    now = current_step(connection=connection, run=run)
    place = NAMES.index(now)
    urls = _urls(connection, run) if connection is not None else {}
    named = connection.integration if connection is not None else integration
    labels = {**LABELS, "authorise": _("Connect")} if named and connects_by_form(named) else LABELS
    return [
        Step(name, label, urls.get(name, ""), _state(name, now, before=number < place))
        for number, (name, label) in enumerate(labels.items())
    ]


def current_step(*, connection: Connection | None, run: SyncRun | None) -> str:
    """Return the name of the step at which a connection stands."""
    if connection is None:
        return "overview"
    if connection.state not in Connection.WORKING:
        return "authorise" if connection.consent_at else "consent"
    if run is None:
        return "compare" if connection.settings else "settings"
    return _step_of_run(connection, run)


def _step_of_run(connection: Connection, run: SyncRun) -> str:
    step = RUN_STEPS[SyncRun.State(run.state)]
    if connection.has_left_behind(run.pk) or (step == "done" and connection.state in Connection.TO_CONFIRM):
        # It was disconnected since.
        return "compare"
    if is_outdated(connection, run):
        return "compare"
    in_step = run.state == SyncRun.State.REVIEW and not run.counts.get("rows", 1)
    return "synchronise" if in_step else step


def _state(name: str, now: str, *, before: bool) -> str:
    if before or (name == now == "done"):
        return DONE
    return NOW if name == now else OPEN


def _urls(connection: Connection, run: SyncRun | None) -> dict[str, str]:
    """Return the addresses of the steps that can be opened now."""
    urls = {"overview": section_url(connection.integration), "consent": connection_url(connection, "consent")}
    if connection.consent_at:
        urls["authorise"] = connection_url(connection, "authorise")
    if connection.account_id:
        urls["settings"] = connection_url(connection, "settings")
    if connection.state in Connection.WORKING:
        # *Synchronise users* stands there.
        urls["compare"] = connection_url(connection)
    current = run is not None and not connection.has_left_behind(run.pk) and not is_outdated(connection, run)
    return {**urls, **(_run_urls(connection, run) if run is not None and current else {})}


def _run_urls(connection: Connection, run: SyncRun) -> dict[str, str]:
    urls = {}
    if run.state in SyncRun.COMPARE_WAITS:
        urls["compare"] = run_url(connection, run.pk)
    elif run.state == SyncRun.State.REVIEW:
        pages = {"conflicts": "conflicts", "missing": "missing", "synchronise": "confirm"}
        urls |= {name: run_url(connection, run.pk, page) for name, page in pages.items()}
    elif run.state in SyncRun.APPLY_WAITS:
        urls["synchronise"] = run_url(connection, run.pk)
    elif RUN_STEPS[SyncRun.State(run.state)] == "done":
        urls["done"] = run_url(connection, run.pk)
    return urls
