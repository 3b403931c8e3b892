"""Re-encrypt everything with the first of ENCRYPTION_KEYS, so that the others can be removed."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from integrations.core.encryption import EncryptedTextField, cipher


class Command(BaseCommand):
    help = "Re-encrypts every encrypted column with the first key of ENCRYPTION_KEYS; can be run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable: list[str] = []
        for model, name in encrypted_columns():
            rotated, refused = rotate_column(model=model, name=name)
            self.stdout.write(f"{model._meta.label}.{name}: {rotated} re-encrypted, {len(refused)} unreadable")
            unreadable += [f"{model._meta.label} {key}" for key in refused]
        if unreadable:
            raise CommandError(
                f"No key in ENCRYPTION_KEYS opens {', '.join(unreadable[:10])}{' …' if len(unreadable) > 10 else ''}."
                " Add the key that it was encrypted with to the end of the list and run this again."
            )


def encrypted_columns() -> list[tuple[type[Model], str]]:
    """Return the model and field name of every encrypted column."""
    models = (model for model in apps.get_models() if not model._meta.proxy)
    return [
        (model, field.name)
        for model in models
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]


def rotate_column(*, model: type[Model], name: str) -> tuple[int, list[Any]]:
    """Return how many values were re-encrypted, and the primary keys of those that no key opens."""
    # Cast, because the field itself decrypts what it reads and encrypts what it is given.
    rows = model._base_manager.annotate(ciphertext=Cast(name, TextField())).exclude(ciphertext="")
    rotated, refused = 0, []
    for key in list(rows.exclude(ciphertext=None).values_list("pk", flat=True)):
        try:
            while not _rotate(rows.filter(pk=key), name):
                continue
            rotated += 1
        except InvalidToken:
            refused.append(key)
    return rotated, refused


def _rotate(row: QuerySet[Model], name: str) -> bool:
    """Re-encrypt the one value; False when somebody wrote a newer one at the same moment."""
    ciphertext = row.values_list("ciphertext", flat=True).first()
    if ciphertext is None:
        return True
    fresh = cipher().rotate(ciphertext.encode()).decode()
    return row.filter(ciphertext=ciphertext).update(**{name: Value(fresh, output_field=TextField())}) == 1
