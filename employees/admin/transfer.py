"""Import and export on the list of employees."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest

from employees.admin.file_transfer import FileTransferAdmin
from employees.admin.sensitive import may_see_sensitive
from employees.transfer.column_sets import FileColumn
from employees.transfer.people_import import PEOPLE_IMPORT
from employees.transfer.resources import EmployeeResource, EmployeeResourceWithoutSensitive
from employees.transfer.template import template_columns

# What the form asks for to change a bank account; the national ID needs the last.
SENSITIVE_RIGHTS: Final = (
    "employees.add_bankaccount",
    "employees.change_bankaccount",
    "employees.delete_bankaccount",
    "employees.view_sensitive",
)


def may_import_sensitive(request: HttpRequest) -> bool:
    return request.user.has_perms(SENSITIVE_RIGHTS)


class TransferAdmin(FileTransferAdmin):
    import_kind = PEOPLE_IMPORT

    def get_export_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [EmployeeResource if may_see_sensitive(request) else EmployeeResourceWithoutSensitive]

    def import_columns(self, request: HttpRequest) -> Sequence[FileColumn]:
        return template_columns(with_sensitive=may_import_sensitive(request))

    def import_options(self, request: HttpRequest) -> dict[str, bool]:
        return {"sensitive_allowed": may_import_sensitive(request)}

    def may_create_departments(self, request: HttpRequest) -> bool:
        return request.user.has_perm("employees.add_department")
