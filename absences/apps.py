from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AbsencesConfig(AppConfig):
    name = "absences"
    verbose_name = _("Absences")

    def ready(self) -> None:
        # Only now can models be imported.
        from absences.outside import WORKDAYS, doubts_about_workdays  # noqa: PLC0415
        from absences.transfer.kind import ABSENCES_IMPORT  # noqa: PLC0415
        from employees import doubters  # noqa: PLC0415
        from employees.transfer.kinds import register  # noqa: PLC0415

        doubters.register(WORKDAYS, doubts_about_workdays)
        register(ABSENCES_IMPORT)
