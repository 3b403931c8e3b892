import os
import signal
import time
from unittest import mock

from django.apps import AppConfig, apps
from django.conf import settings

# A worker that is held goes on as soon as the test makes this file in VAR_DIR.
RELEASED = "poison-released"


class PoisonConfig(AppConfig):
    name = "tests.core.poison"

    def ready(self) -> None:
        # By its name, because it needs the models, which are loaded by now and were not before.
        mock.patch("integrations.core.tasks.compare_run", compare_poisoned).start()


def compare_poisoned(*, run_id: int) -> None:
    poison = os.environ["POISON"]
    if poison == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if poison == "sleep":
        time.sleep(float(os.environ["CANARY_PATIENCE_SECONDS"]) * 3)
    while poison == "hold" and not (settings.VAR_DIR / RELEASED).exists():
        time.sleep(0.05)
    apps.get_model("core", "SyncRun").objects.filter(pk=run_id).update(state="review")
