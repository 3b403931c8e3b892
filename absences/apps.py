from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AbsencesConfig(AppConfig):
    name = "absences"
    verbose_name = _("Absences")

    def ready(self) -> None:
        from absences.outside import WORKDAYS, doubts_about_workdays
        from absences.transfer.kind import ABSENCES_IMPORT
        from employees import doubters
        from employees.transfer.kinds import register

        doubters.register(WORKDAYS, doubts_about_workdays)
        register(ABSENCES_IMPORT)
