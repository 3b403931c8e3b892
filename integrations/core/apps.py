"""The core: everything that the integrations share; knows no vendor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "integrations.core"
    label = "core"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        # Receivers connect when the models are loaded.
        from employees import doubters
        from integrations.core import held_told, read_anew
        from integrations.core.hub import absence_history, absences, absences_left, forecasting, happenings, tracking
        from integrations.core.report import left_behind
        from integrations.core.work import pulse, results

        tracking.connect()
        absences.connect()
        absence_history.connect()
        forecasting.connect()
        happenings.connect()
        read_anew.connect()
        held_told.connect()
        left_behind.connect()
        doubters.register({absences_left.COMPANY}, absences_left.doubts_about_moving)
        # Whatever a worker's first task is, the cluster's watcher sees that it is busy.
        pulse.connect()
        results.connect()
