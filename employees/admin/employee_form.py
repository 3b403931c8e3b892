"""What an employee's page asks about, and tells."""

from collections.abc import Iterator, Sequence

from django.utils import timezone

from employees.admin.asking import AskingForm
from employees.admin.versions import VersionedForm
from employees.likenesses import leavers_with_work_email, work_email_doubt
from employees.models import Employee
from employees.values.doubts import Doubt, doubts_about_dates, doubts_about_texts

TEXTS = ("given_name", "family_name", "street", "street2", "city")


class EmployeeForm(AskingForm, VersionedForm):
    class Meta:
        model = Employee
        fields = "__all__"

    # Who has left and has the work e-mail: saving takes it from them.
    leavers: Sequence[Employee] = ()

    def find_doubts(self) -> Iterator[Doubt]:
        values = {name: getattr(self.instance, name) for name in self.fields if hasattr(self.instance, name)}
        yield from doubts_about_texts(values, [name for name in TEXTS if self.is_changed(name)])
        if self.is_changed("birth_date", "first_workday", "national_id", "national_id_country"):
            yield from doubts_about_dates(values, today=timezone.localdate())
        if self.is_changed("work_email", "company"):
            self.leavers = leavers_with_work_email(self.instance, today=timezone.localdate())
            if self.leavers:
                yield work_email_doubt(self.leavers)
