"""Bank accounts and compensation on pages of their own, for payroll staff, who do not change the person."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.deletion import DeletionAdmin
from employees.admin.part_forms import VersionedBankAccountForm
from employees.admin.searching import CanonicalSearchAdmin
from employees.admin.sensitive import SensitiveAdmin, masked_fields, may_see_sensitive
from employees.admin.versions import VersionedForm
from employees.labels import label_of
from employees.models import BankAccount, Compensation
from employees.tracking import Reach
from employees.values.bank_accounts import NUMBERS


class PartAdmin(CanonicalSearchAdmin, ChoosingAdmin, AskingAdmin, CountryAdmin, SensitiveAdmin, DeletionAdmin):
    """A part's person is chosen once, when it is added."""

    form = VersionedForm
    autocomplete_fields = ("employee",)
    list_select_related = ("employee__company", "employee__department")
    list_per_page = 50
    show_full_result_count = False
    search_fields = (
        "employee__given_name",
        "employee__family_name",
        "employee__work_email",
        "=employee__employment_id",
        "employee__department__name",
        "employee__company__name",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("employee",) if obj is not None else ()

    @admin.display(description=BankAccount._meta.get_field("employee").related_model._meta.verbose_name)
    def person(self, part: BankAccount | Compensation) -> str:
        return label_of(part.employee, company=True)


@admin.register(BankAccount)
class BankAccountAdmin(PartAdmin):
    form = VersionedBankAccountForm
    list_display = ("person", "country", "clearing_number", "masked_account_number", "masked_iban")
    fields = ("employee", *NUMBERS)

    def get_fields(self, request: HttpRequest, obj: BankAccount | None = None) -> tuple[str, ...]:
        return self.fields if may_see_sensitive(request) else masked_fields(self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: BankAccount | None = None) -> tuple[str, ...]:
        if not may_see_sensitive(request):
            return masked_fields(self.fields)
        return super().get_readonly_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_see_sensitive(request) and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: BankAccount | None = None) -> bool:
        return may_see_sensitive(request) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: BankAccount | None = None) -> bool:
        return may_see_sensitive(request) and bool(super().has_delete_permission(request, obj))

    def reach_of_deletion(self, records: Sequence[BankAccount]) -> Reach:
        people = [account.employee_id for account in records]
        return Reach(
            changed=dict.fromkeys(people, ("bank_account",)),
            after=lambda ids: dict.fromkeys(ids, {"bank_account": None}),
        )


@admin.register(Compensation)
class CompensationAdmin(PartAdmin):
    list_display = ("person", "type", "amount", "currency", "effective_date")
    list_filter = ("type", "currency")
    fields = ("employee", "type", "amount", "currency", "effective_date")
