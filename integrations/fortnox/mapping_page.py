"""The page on which somebody says what each absence type is at Fortnox; it shows what a change does before saving."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from employees.models import Employee
from employees.shown import (
    Happened,
    NotAsShown,
    fingerprint,
    happened_since,
    posted_fingerprint,
    posted_time,
    stale_text,
)
from employees.users import user_name
from employees.zones import moment_text
from integrations.core.addresses import connection_url
from integrations.core.admin.noted import note_change
from integrations.core.admin.wizard import connection_page
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.allowed import Right, may, may_see_absences
from integrations.core.models import Connection
from integrations.fortnox.absence_answers import Effects, MappingMoved, effects_of, save_mapping
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_types import (
    MappedType,
    mapped_types,
    never_transferred,
    offered_causes,
    unanswered,
)
from integrations.fortnox.mapping_form import MappingForm
from integrations.fortnox.mapping_history import answer_in_words, last_answers

PAGE: Final = "absence_types"
SAVE: Final = "save"


def map_absence_types(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection = find_connection(section, request, pk)
    types = mapped_types(connection)
    posted = request.POST if request.method == "POST" else None
    form = MappingForm(posted, types=types, causes=offered_causes(connection))
    if posted is not None and (moved := form.moved()):
        messages.error(request, stale_text(_answered(moved)))
        return redirect(connection_url(connection, PAGE))
    if posted is not None and form.is_valid():
        if not form.changes():
            messages.info(request, _("Nothing was changed: these answers are saved already."))
            return redirect(connection_url(connection, PAGE))
        if posted.get("step") == SAVE:
            return _save(section, request, connection=connection, form=form)
        return _show_what_it_does(section, request, connection=connection, form=form)
    return _page(
        section,
        request,
        "fortnox/absence_types.html",
        title=_("Absence types of %(connection)s") % {"connection": connection.label},
        connection=connection,
        form=form,
        rows=[(*row, _note(row[0])) for row in form.rows()],
        never=never_transferred(connection),
        history=last_answers(connection),
        back_url=connection_url(connection),
        settings_url=connection_url(connection, "settings")
        if may(request.user, Right.MANAGE, section.integration)
        else "",
        switched_on=_creates_absences(connection),
    )


def show_connection(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    """The core's page of the connection, with what Fortnox has beside it."""
    page = connection_page.show_connection(section, request, pk)
    if isinstance(page, TemplateResponse) and page.context_data is not None:
        connection = page.context_data["connection"]
        page.template_name = "fortnox/connection.html"
        page.context_data |= {
            "absence_types_url": connection_url(connection, PAGE) if connection.account_id else "",
            "existing_absences_url": connection_url(connection, "existing_absences")
            if may_see_absences(request.user)
            else "",
            "compare_absences_url": connection_url(connection, "compare_absences"),
            "creates_absences": _creates_absences(connection),
            "unanswered": unanswered(connection),
        }
    return page


def _save(section: Section, request: HttpRequest, *, connection: Connection, form: MappingForm) -> HttpResponse:
    try:
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=connection.pk)
            connection.refresh_from_db(fields=["settings"])
            if _made_from(connection, effects_of(connection, form.changes())) != posted_fingerprint(request):
                raise NotAsShown(_happened(request, connection))
            save_mapping(connection=connection, changes=form.changes(), by=request.user)
            note_change(request, connection, _("answers of absence types saved"))
    except MappingMoved:
        messages.error(request, stale_text(_happened(request, connection)))
    except NotAsShown as stale:
        messages.error(request, str(stale))
        return _show_what_it_does(section, request, connection=connection, form=form)
    else:
        messages.success(request, _("The absence types are saved."))
    return redirect(connection_url(connection, PAGE))


def _made_from(connection: Connection, effects: Effects) -> str:
    return fingerprint(
        [
            [change.type.pk, change.type.name, change.before, change.after, affected]
            for change, affected in effects.affected
        ],
        effects.outgoing.shown if effects.outgoing is not None else None,
        _creates_absences(connection),
    )


def _happened(request: HttpRequest, connection: Connection) -> list[Happened]:
    """Return who answered types since, and who changed absences of the company."""
    since = posted_time(request)
    people = Employee.objects.filter(company=connection.company_id).values_list("pk", flat=True)
    return [*answered_since(connection, since), *happened_since(since, people=list(people))]


def answered_since(connection: Connection, since: datetime | None) -> list[Happened]:
    return _answered(
        each for each in mapped_types(connection) if each.mapping and since and each.mapping.changed_at >= since
    )


def _answered(types: Iterable[MappedType]) -> list[Happened]:
    return [
        Happened(
            user_name(each.mapping.changed_by),
            f"{each.type.name}: {answer_in_words(each.mapping.cause)}",
            each.mapping.changed_at,
        )
        for each in types
        if each.mapping is not None
    ]


def _show_what_it_does(
    section: Section, request: HttpRequest, *, connection: Connection, form: MappingForm
) -> HttpResponse:
    found = effects_of(connection, form.changes())
    changes = [
        {
            "type": change.type,
            "before": answer_in_words(change.before),
            "after": answer_in_words(change.after),
            "affected": affected,
        }
        for change, affected in found.affected
    ]
    return _page(
        section,
        request,
        "fortnox/absence_types_confirm.html",
        title=_("What the change does"),
        connection=connection,
        form=form,
        changes=changes,
        transferred=sum(affected.transferred for _change, affected in found.affected),
        waiting=sum(affected.waiting for _change, affected in found.affected),
        outgoing=[found.outgoing] if found.outgoing is not None else [],
        made_from=_made_from(connection, found),
        switched_on=_creates_absences(connection),
        back_url=connection_url(connection, PAGE),
    )


def _page(section: Section, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    page = render_page(section, request, "page.html", page=PAGE, **context)
    page.template_name = template
    return page


def _note(mapped: MappedType) -> dict[str, str]:
    """Return what stands beside the choice: a flag, and the reason."""
    if mapped.mapping is None:
        flag = {"flag": _("No answer yet"), "variant": "warning"}
        if mapped.proposal:
            return {**flag, "text": _("Proposed: %(cause)s.") % {"cause": cause_name(mapped.proposal)}}
        return {**flag, "text": _("There is no proposal. Absences of this type wait.")}
    by = mapped.mapping.changed_by
    return {
        "flag": "",
        "text": _("Answered on %(at)s by %(by)s.")
        % {"at": moment_text(mapped.mapping.changed_at, mapped.mapping), "by": by.get_username() if by else "–"},
    }


def _creates_absences(connection: Connection) -> bool:
    return connection.settings.get("create_absences") is True
