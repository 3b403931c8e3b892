"""The product's settings, for worker processes with the poison app."""

from config import settings as product
from config.settings import *  # noqa: F403

INSTALLED_APPS = [*product.INSTALLED_APPS, "tests.core.poison"]
