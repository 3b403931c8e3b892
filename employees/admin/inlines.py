from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline

from employees.admin.choosing import ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.part_forms import BankAccountForm, PositionForm
from employees.admin.sensitive import SensitiveAdmin, masked_fields, may_see_sensitive
from employees.models import BankAccount, Compensation, Position
from employees.values.bank_accounts import NUMBERS


class BankAccountInline(CountryAdmin, SensitiveAdmin, StackedInline):
    model = BankAccount
    form = BankAccountForm
    fields = NUMBERS
    verbose_name_plural = _("bank account")
    tab = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if may_see_sensitive(request) else masked_fields(self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if may_see_sensitive(request) else masked_fields(self.fields)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_sensitive(request) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_sensitive(request) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_sensitive(request) and bool(super().has_delete_permission(request, obj))


class PositionInline(ChoosingAdmin, TabularInline):
    model = Position
    form = PositionForm
    fields = ("title", "department", "employment_type", "start", "end", "end_reason")
    autocomplete_fields = ("department",)
    extra = 0
    tab = True


class CompensationInline(TabularInline):
    model = Compensation
    fields = ("type", "amount", "currency", "effective_date")
    extra = 0
    tab = True
