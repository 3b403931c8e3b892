"""The file to start from: headers, an example row that no import takes, and an explanation of every column."""

import csv
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from employees.transfer.column_sets import FileColumn
from employees.transfer.columns import COLUMNS, Column
from employees.transfer.formulae import escape
from employees.transfer.spreadsheets import write_xlsx


def write_template(*, extension: str, columns: Iterable[FileColumn], rules: Iterable[str], title: str) -> bytes:
    """Return the template as ``csv`` or ``xlsx``; only the XLSX has room for the explanations."""
    columns = list(columns)
    headers = [column.header for column in columns]
    example = [escape(column.example) for column in columns]
    if extension == "xlsx":
        explained = [[column.header, str(column.explanation), escape(column.example)] for column in columns]
        ruled = [["", rule, ""] for rule in rules]
        titles = [_("Column"), _("What to write"), _("Example")]
        return write_xlsx([(title, headers, [example]), (_("Columns"), titles, [*ruled, *explained])])
    text = io.StringIO()
    csv.writer(text).writerows([headers, example])
    return text.getvalue().encode("utf-8-sig")


def template_columns(*, with_sensitive: bool) -> list[Column]:
    return [column for column in COLUMNS if with_sensitive or not column.sensitive]


def general_rules() -> list[str]:
    return [
        _("A column that is left out leaves the value as it is. A blank cell clears the value."),
        _("Delete the example row, and write one person a row."),
        _(
            "A person is recognised by the employment ID, else by the work e-mail; "
            "who is not recognised is added as a new person."
        ),
        _("The columns of the bank account are one value: fill in all that the account has, or leave all blank."),
    ]
