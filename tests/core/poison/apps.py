import os
import signal
import time
from unittest import mock

from django.apps import AppConfig, apps


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
    apps.get_model("core", "SyncRun").objects.filter(pk=run_id).update(state="review")
