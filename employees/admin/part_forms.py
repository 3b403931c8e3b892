"""What the pages of a bank account, a position, a company and a department ask about, and tell."""

from collections.abc import Iterator
from typing import Any, ClassVar

from employees.admin.asking import AskingForm
from employees.admin.versions import VersionedForm
from employees.models import BankAccount
from employees.values.account_doubts import doubts_about_account
from employees.values.bank_accounts import NUMBERS
from employees.values.doubts import Doubt, doubts_about_texts


class TextForm(AskingForm):
    """Asks about texts alone, those named in ``texts``."""

    texts: ClassVar[tuple[str, ...]] = ("name",)

    def find_doubts(self) -> Iterator[Doubt]:
        yield from doubts_about_texts(self.changed_texts(self.texts))


class VersionedTextForm(TextForm, VersionedForm):
    """For a record with a page of its own."""


class PositionForm(TextForm):
    texts = ("title", "end_reason")


class BankAccountForm(AskingForm):
    """Within the person's page; its version is the person's."""

    class Meta:
        model = BankAccount
        fields = NUMBERS

    def find_doubts(self) -> Iterator[Doubt]:
        doubts = doubts_about_account(self.instance.numbers)
        yield from (doubt for doubt in doubts if self.is_changed(doubt.field, *doubt.beside))


class VersionedBankAccountForm(BankAccountForm, VersionedForm):
    class Meta(BankAccountForm.Meta):
        fields: Any = "__all__"
