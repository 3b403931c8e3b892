from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmployeesConfig(AppConfig):
    name = "employees"
    verbose_name = _("People")

    def ready(self) -> None:
        from employees.transfer.kinds import register
        from employees.transfer.people_import import PEOPLE_IMPORT

        register(PEOPLE_IMPORT)
