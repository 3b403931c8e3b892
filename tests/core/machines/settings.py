"""The product's settings, for worker processes with the app that notes what they do."""

from config import settings as product
from config.settings import *  # noqa: F403

INSTALLED_APPS = [*product.INSTALLED_APPS, "tests.core.machines"]
