"""The settings of a Visma.net Payroll connection, with their defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

JOB_MINUTES: Final = range(1, 24 * 60 + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class VismaPayrollSettings:
    """``international_accounts``: send an account abroad as Visma's international account, not *Cash* (VP-08).

    ``job_minutes``: so long a write that Visma took in is waited for, before it is shown as not known.
    """

    international_accounts: bool = False
    job_minutes: int = 10

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Read a connection's settings; what else stands there is not ours. Raises ValidationError by setting."""
        settings = cls(**{field.name: options[field.name] for field in fields(cls) if field.name in options})
        settings.validate()
        return settings

    def validate(self) -> None:
        if not isinstance(self.international_accounts, bool):
            raise ValidationError(
                {
                    "international_accounts": _("“%(value)s” is neither yes nor no.")
                    % {"value": self.international_accounts}
                }
            )
        if type(self.job_minutes) is not int or self.job_minutes not in JOB_MINUTES:
            raise ValidationError(
                {
                    "job_minutes": _("“%(value)s” is not a number of minutes from 1 to %(most)d.")
                    % {"value": self.job_minutes, "most": JOB_MINUTES[-1]}
                }
            )
