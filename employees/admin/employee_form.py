"""What an employee's page asks about, and tells."""

from collections.abc import Iterator

from django.utils import timezone

from employees.admin.asking import AskingForm
from employees.admin.versions import VersionedForm
from employees.models import Employee
from employees.values.doubts import Doubt, doubts_about_dates, doubts_about_texts

TEXTS = ("given_name", "family_name", "street", "street2", "city")


class EmployeeForm(AskingForm, VersionedForm):
    class Meta:
        model = Employee
        fields = "__all__"

    def find_doubts(self) -> Iterator[Doubt]:
        values = {name: getattr(self.instance, name) for name in self.fields if hasattr(self.instance, name)}
        yield from doubts_about_texts(values, [name for name in TEXTS if self.is_changed(name)])
        if self.is_changed("birth_date", "first_workday", "national_id", "national_id_country"):
            yield from doubts_about_dates(values, today=timezone.localdate())
