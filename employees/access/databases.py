"""Which database a command works on, as it says to whoever runs it."""

from django.db import connection


def database_in_words() -> str:
    """Return the kind, the place and the name; never the password."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite, {told['NAME']}"
    host = f" at {told['HOST']}" if told["HOST"] else ""
    return f"{connection.display_name}, {told['NAME']}{host}"
