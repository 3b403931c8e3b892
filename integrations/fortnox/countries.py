"""The names of countries as they are written to Fortnox (pure); they are read by `employees.values.countries`."""

from employees.values.countries import country_names


def country_name(code: str, *, language: str) -> str:
    """Return the everyday name of an ISO 3166 alpha-2 code; the code itself when there is no such country."""
    return country_names(language).get(code, code)
