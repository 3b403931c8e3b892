"""The entry point for an ASGI server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()

# A server runs no command, and so none of the checks that stand before each: imported once the apps are there.
from config import checks  # noqa: E402

checks.refuse()
