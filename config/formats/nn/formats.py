"""A date is typed in one order whatever the language (D-02); how it is shown stays the language's own."""

from config.formats.en.formats import DATE_INPUT_FORMATS, DATETIME_INPUT_FORMATS

__all__ = ["DATETIME_INPUT_FORMATS", "DATE_INPUT_FORMATS"]
