"""Approving and declining: chosen in the list or on the absence, shown, then confirmed by a POST."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from absences.confirming import sign_of, unconfirmed_of
from absences.deciding import (
    DecidedAlready,
    decide,
    doubts_shown,
    made_from,
    operation_key,
    reach_of_decision,
    reach_of_deletion,
    reason_against,
)
from absences.models import Absence
from absences.models.absence import Status
from employees.admin.held import tell_held
from employees.outgoing import forecast
from employees.parameters import signed, storable, wholes
from employees.shown import NotAsShown, done_already_text, posted_fingerprint, posted_time
from employees.users import user_name

# More than a person looks through at once.
MOST_AT_ONCE: Final = 200
DECISIONS: Final = (Status.APPROVED, Status.DECLINED)
LIST: Final = "admin:absences_absence_changelist"


class DecidingAdmin(ModelAdmin):
    """For the model admin of absences, whose queryset says whom the reader may decide on."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.decide_view))
        return [path("decide/", view, name="absences_absence_decide"), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("absences.decide_absence")

    @admin.action(description=gettext_lazy("Approve the chosen absences"), permissions=["decide"])
    def approve_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self._confirm(request, queryset, Status.APPROVED)

    @admin.action(description=gettext_lazy("Decline the chosen absences"), permissions=["decide"])
    def decline_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self._confirm(request, queryset, Status.DECLINED)

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """Decide on the absences in ``absence`` (repeated), as they were shown."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        status, ids = request.POST.get("status", ""), set(wholes(request.POST.getlist("absence")))
        if status not in DECISIONS or not ids:
            messages.error(request, _("Nothing was decided: choose absences in the list first."))
            return redirect(LIST)
        allowed = self.get_queryset(request).filter(pk__in=ids)
        try:
            decided = decide(
                ids=list(allowed.values_list("pk", flat=True)),
                status=status,
                by=request.user,
                key=_key(request),
                shown=posted_fingerprint(request),
                shown_at=posted_time(request),
                outside=signed(request.POST.getlist("outside")) if status == Status.APPROVED else {},
                told=wholes(request.POST.getlist("told")),
            )
        except DecidedAlready as decided_before:
            last = decided_before.last
            messages.info(
                request,
                done_already_text(who=user_name(last.decided_by), at=last.decided_at, by=request.user),
            )
            return redirect(LIST)
        except NotAsShown as stale:
            messages.error(request, str(stale))
            return self._show_again(request, allowed, Status(status))
        for absence in decided.done:
            change = _("Approved") if status == Status.APPROVED else _("Declined")
            self.log_change(request, absence, change)
        _tell(request, status, done=len(decided.done), left=decided.left, missing=len(ids) - len(allowed))
        if not _key(request):
            # Of several the page before has said it.
            _tell_remaining(request, decided.done)
        tell_held(request, key=operation_key(_key(request)))
        return redirect(LIST)

    def response_change(self, request: HttpRequest, obj: Absence) -> HttpResponse:
        _tell_remaining(request, [obj])
        page: HttpResponse = super().response_change(request, obj)
        return page

    def _show_again(self, request: HttpRequest, absences: Any, status: Status) -> HttpResponse:
        """Show what was confirmed as it is now, with the ticks: the list of several, or one on its own page."""
        one = absences.first() if not _key(request) else None
        if one is not None:
            return redirect("admin:absences_absence_change", one.pk)
        ticked = request.POST.getlist("outside")
        return self._confirm(request, absences, status, ticked=ticked) or redirect(LIST)

    def _confirm(
        self, request: HttpRequest, queryset: Any, status: Status, *, ticked: Collection[str] = ()
    ) -> HttpResponse | None:
        """``ticked`` are the boxes that are set, by their values."""
        if queryset.count() > MOST_AT_ONCE:
            text = _("Choose at most %(most)d absences at a time, so that you can look through them.")
            messages.error(request, text % {"most": MOST_AT_ONCE})
            return None
        chosen = list(queryset.select_related("employee__company", "employee__department", "type", "confirmed_days"))
        reasons = {each.pk: reason_against(absence=each, status=status, user=request.user) for each in chosen}
        going = [each for each in chosen if not reasons[each.pk]]
        shown = list(zip(going, doubts_shown(going, status), strict=True))
        asked = _asked_outside(going) if status == Status.APPROVED else {}
        told = {each.pk for each, box in asked.items() if box in ticked}
        reach = reach_of_decision(absences=going, status=status, confirmed=told)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Approve absences") if status == Status.APPROVED else _("Decline absences"),
            "opts": self.opts,
            "status": status,
            "going": shown,
            "made_from": made_from(going, status=status, outgoing=True, confirmed=told),
            "outside": [(each, box, each.pk in told) for each, box in asked.items()],
            "told": sorted(told),
            "has_doubts": any(doubts for _absence, doubts in shown),
            "left": [(each, reasons[each.pk]) for each in chosen if reasons[each.pk]],
            "outgoing": forecast(reach=reach, naming=True),
            # Pressed twice, the decision is one.
            "key": uuid.uuid4().hex,
            "back": request.get_full_path() if _is_list(request) else reverse(LIST),
        }
        return TemplateResponse(request, "absences/decide.html", context)


def _asked_outside(absences: Iterable[Absence]) -> dict[Absence, str]:
    """Return the absences with days outside the employment to be said right, and the value of each one's box."""
    return {each: f"{each.pk}:{sign_of(each)}" for each in absences if unconfirmed_of(each)}


def _is_list(request: HttpRequest) -> bool:
    return request.path == reverse(LIST)


def _key(request: HttpRequest) -> str:
    return storable(request.POST.get("key"))[:60]


def _tell_remaining(request: HttpRequest, absences: Iterable[Absence]) -> None:
    """Say what stays in other systems of absences that do not count any more."""
    over = [absence for absence in absences if absence.status != Status.APPROVED]
    for each in forecast(reach=reach_of_deletion(over), naming=True) if over else ():
        for label, why in each.staying:
            messages.warning(request, f"{each.system}, {label}: {why}")


def _tell(request: HttpRequest, status: str, *, done: int, left: list[tuple[Absence, str]], missing: int) -> None:
    if done:
        text = (
            ngettext("%(count)d absence was approved.", "%(count)d absences were approved.", done)
            if status == Status.APPROVED
            else ngettext("%(count)d absence was declined.", "%(count)d absences were declined.", done)
        )
        messages.success(request, text % {"count": done})
    for absence, reason in left:
        messages.warning(request, _("%(absence)s stays as it is: %(reason)s") % {"absence": absence, "reason": reason})
    if missing:
        text = ngettext(
            "%(count)d absence is not there any more, or not one that you may decide on.",
            "%(count)d absences are not there any more, or not ones that you may decide on.",
            missing,
        )
        messages.warning(request, text % {"count": missing})
