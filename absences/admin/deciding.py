"""Approving and declining: chosen in the list or on the absence, shown, then confirmed by a POST."""

import uuid
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from absences.confirming import sign_of, unconfirmed_of
from absences.deciding import decide, reach_of_decision, reason_against, signs_of_told
from absences.models import Absence
from absences.models.absence import STANDING, Status
from absences.overlaps import find_doubts
from employees.outgoing import forecast
from employees.parameters import numbered, signed, storable
from employees.values.doubts import Doubt

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
        """Decide on the absences in ``absence`` (“id:version”, repeated), which were shown with these values."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        status, seen = request.POST.get("status", ""), numbered(request.POST.getlist("absence"))
        if status not in DECISIONS or not seen:
            messages.error(request, _("Nothing was decided: choose absences in the list first."))
            return redirect(LIST)
        allowed = self.get_queryset(request).filter(pk__in=seen).values_list("pk", flat=True)
        decided = decide(
            versions={pk: seen[pk] for pk in allowed},
            status=status,
            by=request.user,
            key=_key(request),
            told=signed(request.POST.getlist("told")),
            outside=signed(request.POST.getlist("outside")) if status == Status.APPROVED else {},
        )
        for absence in decided.done:
            change = _("Approved") if status == Status.APPROVED else _("Declined")
            self.log_change(request, absence, change)
        _tell(request, status, done=len(decided.done), left=decided.left, missing=len(seen) - len(allowed))
        return redirect(LIST)

    def _confirm(self, request: HttpRequest, queryset: Any, status: Status) -> HttpResponse | None:
        if queryset.count() > MOST_AT_ONCE:
            text = _("Choose at most %(most)d absences at a time, so that you can look through them.")
            messages.error(request, text % {"most": MOST_AT_ONCE})
            return None
        chosen = list(queryset.select_related("employee__company", "employee__department", "type", "confirmed_days"))
        reasons = {each.pk: reason_against(absence=each, status=status, user=request.user) for each in chosen}
        going = [each for each in chosen if not reasons[each.pk]]
        shown = _with_doubts(going, status)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Approve absences") if status == Status.APPROVED else _("Decline absences"),
            "opts": self.opts,
            "status": status,
            "going": shown,
            "told": [f"{pk}:{sign}" for pk, sign in signs_of_told(going, status).items()],
            "outside": [
                (each, f"{each.pk}:{sign_of(each)}")
                for each in going
                if status == Status.APPROVED and unconfirmed_of(each)
            ],
            "has_doubts": any(doubts for _absence, doubts in shown),
            "left": [(each, reasons[each.pk]) for each in chosen if reasons[each.pk]],
            "outgoing": forecast(reach=reach_of_decision(absences=going, status=status), naming=True),
            # Pressed twice, the decision is one.
            "key": uuid.uuid4().hex,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "absences/decide.html", context)


def _with_doubts(absences: list[Absence], status: str) -> list[tuple[Absence, list[Doubt]]]:
    """What is approved will stand, whatever it was before; of what is declined, what stands now tells why."""
    shown = [each for each in absences if status == Status.APPROVED or each.status in STANDING]
    doubts = {each.pk: found for each, found in zip(shown, find_doubts(shown), strict=True)}
    return [(each, doubts.get(each.pk, [])) for each in absences]


def _key(request: HttpRequest) -> str:
    return storable(request.POST.get("key"))[:60]


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
