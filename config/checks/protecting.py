"""Keys that everybody knows or could guess, and the sandbox where vendors belong."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, Final

from cryptography.fernet import Fernet

from config.checks.found import Found

SHORTEST_KEY: Final = 50
FEWEST_SIGNS: Final = 5
PUBLISHED: Final = frozenset({"c2Fta2xhbmctZGV2ZWxvcG1lbnQta2V5LW5vdC1zYWY="})
PUBLISHED_BEGINNINGS: Final = ("insecure-", "django-insecure-")
SIGNING_EXAMPLE: Final = 'Write what this prints: python -c "import secrets; print(secrets.token_urlsafe(64))"'
MAKE_KEY: Final = (
    "Write what this prints, before the keys that are in use: "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


REPLACE_KEY: Final = (
    f"{MAKE_KEY} Then re-encrypt with manage.py rotate_keys --skip-checks, and take the published one out."
)


def secret_key(settings: Any) -> Iterator[Found]:
    key = str(settings.SECRET_KEY)
    if key.startswith(PUBLISHED_BEGINNINGS):
        yield Found("SECRET_KEY", "it is published, so everybody could sign in as anybody.", SIGNING_EXAMPLE)
    elif len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_SIGNS:
        text = f"it can be guessed: fewer than {SHORTEST_KEY} characters, or than {FEWEST_SIGNS} different ones."
        yield Found("SECRET_KEY", text, SIGNING_EXAMPLE)


def encryption_keys(settings: Any) -> Iterator[Found]:
    if not settings.ENCRYPTION_KEYS:
        yield Found("ENCRYPTION_KEYS", "there is none.", MAKE_KEY)
    for number, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        if key in PUBLISHED:
            yield Found(
                "ENCRYPTION_KEYS", f"key {number} is published, so everybody could read what it encrypts.", REPLACE_KEY
            )
        elif not _is_key(key):
            yield Found(
                "ENCRYPTION_KEYS", f"key {number} is no Fernet key (44 characters, of 32 random bytes).", MAKE_KEY
            )


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
        return len(set(urlsafe_b64decode(key))) >= FEWEST_SIGNS
    except ValueError:
        return False


def sandbox(settings: Any) -> Iterator[Found]:
    if settings.SANDBOX_VENDORS:
        text = "the sandbox would stand in for the vendors, and take people's data without protecting it."
        yield Found("SANDBOX_VENDORS", text, "Write 0, or leave it out.")


RULES: Final = (secret_key, encryption_keys, sandbox)
