"""The user account of an employee, on the employee's page: who signs in as this person, and has this team (HR-19)."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from employees.access.employee_links import may_link, record
from employees.access.models import EmployeeLink
from employees.admin.choosing import ChoosingAdmin, Chosen, Rule, offer
from employees.models import Employee


class UserLinkForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """``reader`` is who saves: nobody says of themselves who they are."""

    reader: Any = None

    class Meta:
        model = EmployeeLink
        fields = ("user",)

    def clean_user(self) -> Any:
        user = self.cleaned_data["user"]
        if user is not None and user == self.reader and not user.is_superuser and "user" in self.changed_data:
            raise ValidationError(_("This is your own account: somebody else has to link it."))
        return user

    def save(self, commit: bool = True) -> Any:
        self.instance.linked_by = self.reader
        return super().save(commit=commit)


class UserLinkInline(ChoosingAdmin, StackedInline):
    model = EmployeeLink
    # Beside the employee, a link also names who made it.
    fk_name = "employee"
    form = UserLinkForm
    fields = ("user",)
    autocomplete_fields = ("user",)
    verbose_name_plural = _("user account")
    tab = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["form"] = type(UserLinkForm.__name__, (UserLinkForm,), {"reader": request.user})
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.all()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("employees.view_employee"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_link(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_link(request.user) and not _is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


def _is_own(request: HttpRequest, employee: Employee | None) -> bool:
    user: Any = request.user
    if employee is None or user.is_superuser:
        return False
    return EmployeeLink.objects.filter(employee=employee.pk, user=user.pk).exists()


class LinkingAdmin:
    """For the employee's admin: what was changed of the link is kept."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        before = _link_of(form.instance) if formset.model is EmployeeLink else None
        super().save_formset(request, form, formset, change)  # type: ignore[misc]
        if formset.model is not EmployeeLink:
            return
        after = _link_of(form.instance)
        if (before and before.user_id) == (after and after.user_id):
            return
        for link, made in ((before, False), (after, True)):
            if link is not None:
                record(link=link, made=made, by=request.user)


def _link_of(employee: Employee) -> EmployeeLink | None:
    return EmployeeLink.objects.filter(employee=employee.pk).first()


def _accounts(found: Any, chosen: Chosen) -> Any:
    """Offer who can sign in and is nobody else of the company."""
    company = Employee._base_manager.filter(pk__in=chosen.records).values_list("company", flat=True).first()
    of_company = EmployeeLink.objects.filter(employee__company=company or chosen.company)
    others = of_company.exclude(employee__in=chosen.records)
    return found.filter(is_active=True, is_staff=True).exclude(pk__in=others.values("user"))


offer(EmployeeLink, "user", Rule(_accounts, opens=lambda request: may_link(request.user)))
