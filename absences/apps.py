from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AbsencesConfig(AppConfig):
    name = "absences"
    verbose_name = _("Absences")

    def ready(self) -> None:
        # Only now can models be imported.
        from absences.transfer.kind import ABSENCES_IMPORT  # noqa: PLC0415
        from employees.transfer.kinds import register  # noqa: PLC0415

        register(ABSENCES_IMPORT)
