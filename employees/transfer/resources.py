"""The export: a resource of django-import-export over the declared columns, and its two formats."""

from collections.abc import Iterable
from typing import Any, Final

from import_export.fields import Field
from import_export.formats import base_formats
from import_export.resources import ModelResource

from employees.models import Employee
from employees.transfer.columns import COLUMNS, Column
from employees.transfer.formulae import escape
from employees.transfer.spreadsheets import write_xlsx


class ColumnField(Field):
    def __init__(self, column: Column) -> None:
        super().__init__(column_name=column.header)
        self.column = column

    def export(self, instance: Employee, **kwargs: Any) -> str:
        return escape(self.column.text(instance))


class PeopleResource(ModelResource):
    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("company", "department", "manager", "bank_account")

    def get_field_name(self, field: Any) -> str:
        # The library's own looks through all fields, for every cell.
        return str(field.column.name)

    def get_chunk_size(self) -> int:
        return 1_000


def _resource(name: str, columns: Iterable[Column]) -> type[PeopleResource]:
    chosen = {column.name: ColumnField(column) for column in columns}
    meta = type(
        "Meta",
        (),
        {
            "model": Employee,
            "fields": tuple(chosen),
            "export_order": tuple(chosen),
            "name": Employee._meta.verbose_name_plural,
        },
    )
    return type(name, (PeopleResource,), {**chosen, "Meta": meta})


EmployeeResource: Final = _resource("EmployeeResource", COLUMNS)
# For readers without the right to see national IDs and bank accounts.
EmployeeResourceWithoutSensitive: Final = _resource(
    "EmployeeResourceWithoutSensitive", [column for column in COLUMNS if not column.sensitive]
)


class CSV(base_formats.CSV):
    CONTENT_TYPE = "text/csv; charset=utf-8"


class XLSX(base_formats.XLSX):
    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        return write_xlsx([(str(Employee._meta.verbose_name_plural), dataset.headers, dataset)])
