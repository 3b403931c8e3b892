"""National IDs and bank accounts: in full only on the record, only to people with the right."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.mixins import BaseModelAdminMixin

from employees.masking import mask_bank_account, mask_iban, mask_national_id
from employees.models import BankAccount, Employee

SENSITIVE: Final[dict[str, Callable[[str], str]]] = {
    "national_id": mask_national_id,
    "account_number": mask_bank_account,
    "iban": mask_iban,
}


def may_see_sensitive(request: HttpRequest) -> bool:
    return request.user.has_perm("employees.view_sensitive")


class SensitiveAdmin(BaseModelAdminMixin):
    """For model admins and inlines: masked columns, and no guessing of hidden values by the address of a list."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        if set(lookup.split("__")) & SENSITIVE.keys():
            return False
        allowed: bool = super().lookup_allowed(lookup, value, request)
        return allowed

    @display(description=_("national ID"))
    def masked_national_id(self, employee: Employee) -> str:
        return mask_national_id(employee.national_id)

    @display(description=_("account number"))
    def masked_account_number(self, bank_account: BankAccount) -> str:
        return mask_bank_account(bank_account.account_number)

    @display(description=_("IBAN"))
    def masked_iban(self, bank_account: BankAccount) -> str:
        return mask_iban(bank_account.iban)


def masked_fields(fields: Any) -> tuple[str, ...]:
    """Return the fields with the sensitive ones replaced by their masked columns."""
    return tuple(f"masked_{field}" if field in SENSITIVE else field for field in fields)
