"""One missing person: what creating sends, and with which settings (G-05, FX-07, FX-09, G-18)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from integrations.core.admin.review.new_people import NewValue, new_values
from integrations.core.admin.review.opened import MISSING, Review
from integrations.core.admin.review.people import known_people, made_from, refuse_stale
from integrations.core.hub.labels import label_row
from integrations.core.models import SyncRow
from integrations.core.registry import Connector, connector_class
from integrations.core.runs.deciding import RunRefused, locked_review
from integrations.core.runs.reviewing import keep_settings


def creation_view(review: Review, row_id: int) -> HttpResponseBase:
    row = review.row(row_id, *MISSING)
    form = _form(review, row)
    if review.request.method == "POST" and form is not None and form.is_valid():
        try:
            return _keep(review, row_id, form)
        except RunRefused as refused:
            # What was chosen stays in the form.
            review.say(str(refused), level=messages.ERROR)
            row = review.row(row_id, *MISSING)
    (person,) = known_people(review, [row])
    values = new_values(review, row)
    return review.page(
        "creation",
        title=_("Creating %(name)s") % {"name": row.shown},
        current="missing",
        context={
            "person": person,
            "values": values,
            "form": form,
            "made_from": made_from([person], *_beside(review, row, values)),
            "back_url": review.url("missing", query=f"side={'left' if row.left_id else 'right'}"),
        },
    )


def _keep(review: Review, row_id: int, form: Form) -> HttpResponseBase:
    with locked_review(review.run):
        row = review.row(row_id, *MISSING)
        refuse_stale(review, [row], *_beside(review, row, new_values(review, row)))
        keep_settings(row=row, chosen=_chosen(review, form), version=row.version, by=review.by)
    review.say(_("Saved: %(name)s is created with these settings.") % {"name": label_row(row)})
    return review.back_to("missing", query=f"side={'left' if row.left_id else 'right'}")


def _beside(review: Review, row: SyncRow, values: Sequence[NewValue]) -> list[object]:
    """Return what the page shows beside the person: what creating sends, and the settings."""
    shown = [[str(line.label), str(line.value), str(line.reason)] for line in values]
    return [shown, review.run.connection.settings, row.options.get("settings", {})]


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
    return form_class(
        review.request.POST if review.request.method == "POST" else None, initial=_initial(review, row, form_class)
    )


def _initial(review: Review, row: SyncRow, form_class: type[Form]) -> dict[str, Any]:
    return {**_known(form_class, review.run.connection.settings), **row.options.get("settings", {})}


def settings_of_new(review: Review, rows: Sequence[SyncRow]) -> dict[int, list[tuple[Any, str]]]:
    """Return, by row, the settings that people are created with at the vendor, as a reader knows them."""
    connector = _connector(review)
    form_class = connector.creation_form() if connector is not None else None
    if form_class is None:
        return {}
    return {row.pk: _settings_shown(form_class(initial=_initial(review, row, form_class))) for row in rows}


def _settings_shown(form: Form) -> list[tuple[Any, str]]:
    shown = []
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value not in (None, "", []):
            shown.append((field.label, str(dict(getattr(field, "choices", ())).get(value, value))))
    return shown


def _known(form_class: type[Form], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in form_class.base_fields}


def _chosen(review: Review, form: Form) -> dict[str, Any]:
    """Return what differs from the connection's settings, or from the integration's defaults."""
    usual = {name: field.initial or "" for name, field in form.fields.items()}
    usual |= _known(type(form), review.run.connection.settings)
    return {name: value for name, value in form.cleaned_data.items() if value != usual[name]}
