"""Two absences on one day, and days outside the employment: what is proposed, and confirmed, on an absence's page."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from absences.confirming import confirm_outside, confirmation_of, outside_of, sign_of, unconfirmed_of
from absences.doubts import period_text
from absences.giving_way import NotAsShown, Proposal, give_way, proposals_about
from absences.kinds import reads_kind
from absences.models import Absence
from absences.models.absence import STANDING
from absences.teams import is_own
from employees.parameters import whole
from employees.shown import posted_fingerprint

CHANGE: Final = "absences.change_absence"
DECIDE: Final = "absences.decide_absence"


def context_of(user: Any, absence: Absence) -> dict[str, Any]:
    """Return what `absences/keeping_apart.html` shows of an absence."""
    may_press = not is_own(employee=absence.employee, user=user)
    return {
        # That one of two gives way tells what they are.
        "proposals": proposals_about(absence) if reads_kind(absence) else [],
        "may_give_way": may_press and user.has_perms((CHANGE, DECIDE)),
        "outside": [period_text(*each) for each in outside_of(absence)] if absence.status in STANDING else [],
        "outside_open": bool(unconfirmed_of(absence)),
        "outside_confirmed": confirmation_of(absence),
        "outside_sign": sign_of(absence),
        "outside_absence": absence,
        "may_confirm_outside": may_press and may_confirm(user),
    }


def may_confirm(user: Any) -> bool:
    return bool(user.has_perm(CHANGE) or user.has_perm(DECIDE))


class KeepingApartAdmin(ModelAdmin):
    """For the model admin of absences, whose queryset says which the reader may change."""

    def get_urls(self) -> list[URLPattern]:
        give = self.admin_site.admin_view(require_POST(self.give_way_view))
        confirm = self.admin_site.admin_view(require_POST(self.confirm_outside_view))
        return [
            path("give-way/", give, name="absences_absence_give_way"),
            path("confirm-outside/", confirm, name="absences_absence_confirm_outside"),
            *super().get_urls(),
        ]

    def give_way_view(self, request: HttpRequest) -> HttpResponse:
        """Take the days in common out of the absence that gives way, as the page proposed it."""
        user: Any = request.user
        if not user.has_perms((CHANGE, DECIDE)):
            raise PermissionDenied
        stays, gives = self._posted(request, "stays"), self._posted(request, "gives")
        if not (reads_kind(stays) and reads_kind(gives)):
            raise PermissionDenied
        if is_own(employee=stays.employee, user=user):
            messages.error(request, _("Nobody decides on their own absence."))
            return _page_of(stays)
        try:
            proposal = give_way(stays=stays.pk, gives=gives.pk, made_from=posted_fingerprint(request), by=user)
        except NotAsShown:
            text = _("Nothing was changed: one of the two absences has changed since you opened the page. Look again.")
            messages.error(request, text)
        except ValidationError as error:
            messages.error(request, _("Nothing was changed: %(why)s") % {"why": " ".join(error.messages)})
        else:
            # Kept for whoever reads it later: without what either of them is.
            self.log_change(request, gives, _("Gave days to another absence of the person"))
            messages.success(request, _told(proposal))
        return _page_of(stays)

    def confirm_outside_view(self, request: HttpRequest) -> HttpResponse:
        """Keep that the absence's days outside the employment, as they were shown, are right (FX-10)."""
        user: Any = request.user
        if not may_confirm(user):
            raise PermissionDenied
        absence = self._posted(request, "absence")
        if is_own(employee=absence.employee, user=user):
            messages.error(request, _("Nobody decides on their own absence."))
            return _page_of(absence)
        with transaction.atomic():
            locked = Absence.objects.select_for_update(of=("self",)).select_related("employee")
            absence = locked.get(pk=absence.pk)
            same = sign_of(absence) == posted_fingerprint(request)
            if same and confirm_outside(absence=absence, by=user):
                self.log_change(request, absence, _("Days outside the employment confirmed"))
        if same:
            messages.success(request, _("The days outside the employment are confirmed."))
        else:
            text = _("Nothing was confirmed: other days are outside the employment now. Look at them again.")
            messages.error(request, text)
        return _page_of(absence)

    def _posted(self, request: HttpRequest, name: str) -> Absence:
        """Return the absence that the form names; raises Http404 for one that the reader does not see."""
        absences = self.get_queryset(request).select_related("employee__company", "type")
        found: Absence | None = absences.filter(pk=whole(request.POST.get(name))).first()
        if found is None:
            raise Http404
        return found


def _told(proposal: Proposal) -> str:
    values = {"days": proposal.days_text, "type": proposal.gives.type, "left": ", ".join(proposal.left_texts)}
    if not proposal.left:
        return _("No day is left of %(type)s: it is cancelled.") % values
    return _("%(days)s left %(type)s, of which stays: %(left)s.") % values


def _page_of(absence: Absence) -> HttpResponse:
    return redirect("admin:absences_absence_change", absence.pk)
