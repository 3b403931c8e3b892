"""Other machines that hold or carry people's data: the database, Redis, the mail server."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from config.checks.found import Found, is_here

ENGINES: Final = frozenset({"django.db.backends.sqlite3", "django.db.backends.postgresql"})
ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})
SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
DATABASE_EXAMPLE: Final = "postgres://samklang:password@db.example.com:5432/samklang?sslmode=verify-full"
REDIS_EXAMPLE: Final = "rediss://:password@cache.example.com:6379/0"
MAIL_EXAMPLE: Final = "smtp+tls://user:password@mail.example.com:587"


def database(settings: Any) -> Iterator[Found]:
    used = settings.DATABASES["default"]
    if used["ENGINE"] not in ENGINES:
        yield Found("DATABASE_URL", "only SQLite and PostgreSQL are supported.", f"Write it like {DATABASE_EXAMPLE}.")
        return
    if used["ENGINE"] == "django.db.backends.sqlite3":
        return
    options = used.get("OPTIONS") or {}
    hosts = str(options.get("host") or used.get("HOST") or "").split(",")
    if all(is_here(host) for host in hosts):
        return
    if not (used.get("PASSWORD") or {"password", "passfile", "sslcert", "service"} & set(options)):
        text = "the database on another machine is used without a password."
        yield Found("DATABASE_URL", text, f"Write it like {DATABASE_EXAMPLE}.")
    if options.get("sslmode") not in ENCRYPTED:
        text = "people's data would go to another machine without TLS being insisted on."
        yield Found("DATABASE_URL", text, f"Add ?sslmode=verify-full (or at least require): {DATABASE_EXAMPLE}.")


def redis(settings: Any) -> Iterator[Found]:
    if not settings.REDIS_URL:
        return
    try:
        address = urlsplit(settings.REDIS_URL)
        options = {name.lower(): values[-1].lower() for name, values in parse_qs(address.query).items()}
        host, password = address.hostname, address.password or options.get("password")
    except ValueError:
        yield Found("REDIS_URL", "it is no address.", f"Write it like {REDIS_EXAMPLE}.")
        return
    if address.scheme not in ("redis", "rediss", "unix"):
        yield Found(
            "REDIS_URL", "it does not begin with redis://, rediss:// or unix://.", f"Write it like {REDIS_EXAMPLE}."
        )
    elif address.scheme != "unix" and not is_here(host):
        if address.scheme != "rediss" or options.get("ssl_cert_reqs") in ("none", "cert_none"):
            text = "the queue's tasks would go to another machine without TLS, where they can be changed."
            yield Found("REDIS_URL", text, f"Write it like {REDIS_EXAMPLE}.")
        if not password:
            text = "Redis on another machine is used without a password: whoever reaches it changes tasks."
            yield Found("REDIS_URL", text, f"Write it like {REDIS_EXAMPLE}.")


def mail(settings: Any) -> Iterator[Found]:
    if settings.EMAIL_BACKEND != SMTP:
        text = "there is no mail server: invitations, passwords and reports would reach nobody."
        yield Found("EMAIL_URL", text, f"Write it like {MAIL_EXAMPLE}.")
    elif not is_here(settings.EMAIL_HOST) and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        text = "mails, and the mail server's password, would go to another machine in clear."
        yield Found("EMAIL_URL", text, f"Write smtp+tls:// (or smtp+ssl://): {MAIL_EXAMPLE}.")


RULES: Final = (database, redis, mail)
