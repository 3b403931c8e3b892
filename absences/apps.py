from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AbsencesConfig(AppConfig):
    name = "absences"
    verbose_name = _("Absences")

    def ready(self) -> None:
        from absences import left_behind
        from absences.outside import WORKDAYS, doubts_about_workdays
        from absences.transfer.kind import ABSENCES_IMPORT
        from employees import doubters
        from employees.access.companies import company_of
        from employees.transfer.kinds import register

        company_of("absences.absence", "employee__company")
        doubters.register(WORKDAYS, doubts_about_workdays)
        register(ABSENCES_IMPORT)
        left_behind.connect()
