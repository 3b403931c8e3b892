from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "employees.access"
    label = "access"
    verbose_name = _("Access")

    def ready(self) -> None:
        from employees.access import checks, receivers

        checks.register_all()
        receivers.connect()
