from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmployeesConfig(AppConfig):
    name = "employees"
    verbose_name = _("People")

    def ready(self) -> None:
        # Only now can models be imported.
        from employees.transfer.kinds import register  # noqa: PLC0415
        from employees.transfer.people_import import PEOPLE_IMPORT  # noqa: PLC0415

        register(PEOPLE_IMPORT)
