"""Text that is encrypted at rest with rotatable keys (architecture, invariant 15)."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


class Secret(str):
    """A text that does not show itself in tracebacks and logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher of ``ENCRYPTION_KEYS``: the first key encrypts, all decrypt."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField[str, str]):
    """A text column that holds ciphertext; a wrong key raises ``cryptography.fernet.InvalidToken``."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value in (None, "") else cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value in (None, "") else Secret(cipher().decrypt(str(value).encode()).decode())

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is encrypted and cannot be filtered")
        return super().get_lookup(lookup_name)
