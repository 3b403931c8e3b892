"""The export: a resource of django-import-export over the declared columns, and its two formats."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from django.db.models import Model
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.formats import base_formats
from import_export.resources import ModelResource

from employees.models import Employee
from employees.transfer.column_sets import FileColumn
from employees.transfer.columns import COLUMNS
from employees.transfer.formulae import escape
from employees.transfer.spreadsheets import write_xlsx


class ColumnField(Field):
    def __init__(self, column: FileColumn) -> None:
        super().__init__(column_name=column.header)
        self.column = column

    def export(self, instance: Any, **kwargs: Any) -> str:
        return escape(self.column.text(instance))


class ColumnResource(ModelResource):
    """The declared columns of one model."""

    related: ClassVar[tuple[str, ...]] = ()

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related(*self.related)

    def get_field_name(self, field: Any) -> str:
        # The library's own looks through all fields, for every cell.
        return str(field.column.name)

    def get_chunk_size(self) -> int:
        return 1_000


def resource_of(
    name: str, columns: Iterable[FileColumn], *, model: type[Model], related: tuple[str, ...]
) -> type[ColumnResource]:
    chosen = {column.name: ColumnField(column) for column in columns}
    meta = type(
        "Meta",
        (),
        {
            "model": model,
            "fields": tuple(chosen),
            "export_order": tuple(chosen),
            "name": model._meta.verbose_name_plural,
        },
    )
    return type(name, (ColumnResource,), {**chosen, "Meta": meta, "related": related})


PERSON_RELATED: Final = ("company", "department", "manager", "bank_account")
EmployeeResource: Final = resource_of("EmployeeResource", COLUMNS, model=Employee, related=PERSON_RELATED)
# For readers without the right to see national IDs and bank accounts.
EmployeeResourceWithoutSensitive: Final = resource_of(
    "EmployeeResourceWithoutSensitive",
    [column for column in COLUMNS if not column.sensitive],
    model=Employee,
    related=PERSON_RELATED,
)


class CSV(base_formats.CSV):
    CONTENT_TYPE = "text/csv; charset=utf-8"


class XLSX(base_formats.XLSX):
    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        return write_xlsx([(str(dataset.title or _("Export")), dataset.headers, dataset)])
