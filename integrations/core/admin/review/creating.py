"""One missing person: what creating sends, and with which settings (G-05, FX-07, FX-09, G-18)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from integrations.core.admin.review.opened import MISSING, Review, whole
from integrations.core.admin.review.people import known_people
from integrations.core.compare import blocked
from integrations.core.declare import Field, Record, Side
from integrations.core.hub.endpoint import hub_people
from integrations.core.models import SyncRow
from integrations.core.registry import Connector, connector_class
from integrations.core.runs.reviewing import keep_settings


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One value of the new person; ``reason`` says why it stays behind, ``doubt`` why to look at it."""

    label: Any
    value: str
    reason: str
    doubt: str = ""


def creation_view(review: Review, row_id: int) -> HttpResponseBase:
    row = review.row(row_id, *MISSING)
    form = _form(review, row)
    if review.request.method == "POST" and form is not None and form.is_valid():
        keep_settings(
            row=row,
            chosen=_chosen(review, form),
            version=whole(review.request.POST.get("version", "")),
            by=review.by,
        )
        review.say(_("Saved: %(name)s is created with these settings.") % {"name": row.label})
        return review.back_to("missing", query=f"side={'left' if row.left_id else 'right'}")
    (person,) = known_people(review, [row])
    return review.page(
        "creation",
        title=_("Creating %(name)s") % {"name": row.label},
        current="missing",
        context={
            "person": person,
            "values": list(_sent(review, row)),
            "form": form,
            "back_url": review.url("missing", query=f"side={'left' if row.left_id else 'right'}"),
        },
    )


def _connector(review: Review) -> Connector | None:
    connection = review.run.connection
    try:
        return connector_class(connection.integration)(options=connection.settings)
    except (KeyError, ValidationError):
        return None


def _form(review: Review, row: SyncRow) -> Form | None:
    """Return the form of who is created at the vendor; filled with the connection's settings and the person's own."""
    connector = _connector(review)
    form_class = connector.creation_form() if connector is not None and row.kind == SyncRow.Kind.ONLY_LEFT else None
    if form_class is None:
        return None
    initial = {**_known(form_class, review.run.connection.settings), **row.options.get("settings", {})}
    return form_class(review.request.POST if review.request.method == "POST" else None, initial=initial)


def _known(form_class: type[Form], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in form_class.base_fields}


def _chosen(review: Review, form: Form) -> dict[str, Any]:
    """Return what differs from the connection's settings, or from the integration's defaults."""
    usual = {name: field.initial or "" for name, field in form.fields.items()}
    usual |= _known(type(form), review.run.connection.settings)
    return {name: value for name, value in form.cleaned_data.items() if value != usual[name]}


def _sent(review: Review, row: SyncRow) -> Iterator[Sent]:
    shown = review.shown
    if row.left_id:
        people = hub_people(connection=review.run.connection, resource=review.run.resource)
        record = people.read_one(row.left_id)
        if record is None:
            return
        for declared, value in zip(people.resource.fields, record.values, strict=True):
            if value is not None:
                reason = _why_not_sent(declared, value, record)
                yield Sent(label=declared.label, value=declared.show(value, masked=shown.masked), reason=reason)
        return
    values: Mapping[str, Any] = row.options.get("values", {})
    for name, stored in values.items():
        taken = shown.fields.get(name)
        if stored is not None and taken is not None:
            value = taken.from_json(stored)
            yield Sent(
                label=taken.label,
                value=shown.value(name, stored),
                reason=taken.refuses(value, to=Side.LEFT),
                doubt=taken.doubts(value),
            )


def _why_not_sent(declared: Field, value: Any, record: Record) -> str:
    """Return why a new person is created without a value; what is sent on creation only may go."""
    if not declared.compared:
        return _blocked_on_creation(declared, value, record)
    return blocked(declared, to=Side.RIGHT, value=value, protected=record.protected)


def _blocked_on_creation(declared: Field, value: Any, record: Record) -> str:
    if declared.withheld and record.protected:
        return _("Not sent: the person has a protected identity.")
    return declared.refuses(value, to=Side.RIGHT)
