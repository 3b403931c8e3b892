"""What was typed is kept while its author signs in again: sealed, for minutes, for that user in that browser.

The session may be gone when a form arrives, so every form says, signed, whose page it was on (`config.pages.tags`).
"""

import json
import re
import uuid
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.http import escape_leading_slashes

from employees.kept.models import KEPT_FOR, KeptForm, forget_all_but_the_newest, forget_old_ones
from employees.kept.never import is_never_kept
from employees.parameters import whole
from integrations.core.encryption import cipher

MARK: Final = "_typed_by"
COOKIE: Final = "samklang_kept"
LARGEST: Final = 500_000
SECRETS: Final = re.compile(r"passw|passphrase|secret|token|otp|credential|recovery|_typed_by", re.IGNORECASE)
MOST_IN_COOKIE: Final = 5

_signer = Signer(salt="samklang.typed-by")


def mark_of(request: Any) -> str:
    """Return what a form of this page says of its reader; nothing for whoever is not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    if not hasattr(request, "_typed_by"):
        request._typed_by = _signer.sign(str(user.pk))
    return str(request._typed_by)


def author_of(request: HttpRequest) -> int | None:
    """Return the active user on whose page the form was, None where nothing trustworthy says so."""
    try:
        user_id = whole(_signer.unsign(request.POST.get(MARK, "")))
    except BadSignature:
        return None
    return user_id if get_user_model().objects.filter(pk=user_id, is_active=True).exists() else None


def page_of(request: HttpRequest) -> tuple[str, str]:
    """Return path and query of the page with the form: for a part of a page, of the whole one."""
    whole = urlsplit(request.headers.get("HX-Current-URL", ""))
    if whole.path.startswith("/") and whole.netloc == request.get_host():
        return escape_leading_slashes(whole.path), whole.query
    return escape_leading_slashes(request.path), request.META.get("QUERY_STRING", "")


def keep(request: HttpRequest, *, author: int) -> KeptForm | None:
    """Seal what was posted, but for secrets and files; None where it is too large, or nothing is left to be kept."""
    path, query = page_of(request)
    if is_never_kept(request.path) or is_never_kept(path):
        return None
    values = [(name, value) for name, several in request.POST.lists() if not SECRETS.search(name) for value in several]
    content = json.dumps(
        {"values": values, "files": sorted(request.FILES), "to": request.get_full_path(), "query": query}
    )
    if not values or len(content) > LARGEST or len(path) > (KeptForm._meta.get_field("path").max_length or 0):
        return None
    forget_old_ones()
    kept = KeptForm.objects.create(user_id=author, path=path, sealed=cipher().encrypt(content.encode()).decode())
    forget_all_but_the_newest(user_id=author)
    return kept


def remember(request: HttpRequest, response: HttpResponseBase, kept: KeptForm) -> None:
    """Let this browser alone ask for it."""
    ids = [str(kept.pk), *map(str, _ids(request))][:MOST_IN_COOKIE]
    response.set_cookie(
        COOKIE,
        ".".join(ids),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    found = []
    for text in request.COOKIES.get(COOKIE, "").split(".")[:MOST_IN_COOKIE]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def waiting(request: HttpRequest) -> list[KeptForm]:
    """Return what is kept of this user, for this browser, the newest first."""
    ids = _ids(request) if request.user.is_authenticated else []
    if not ids:
        return []
    since = timezone.now() - KEPT_FOR
    return list(
        KeptForm.objects.filter(pk__in=ids, user_id=request.user.pk or 0, kept_at__gte=since).order_by("-kept_at")
    )


def take(request: HttpRequest) -> dict[str, Any] | None:
    """Return what was typed on this very page, once; it is gone then."""
    kept = next((each for each in waiting(request) if each.path == request.path), None)
    if kept is None or not KeptForm.objects.filter(pk=kept.pk).delete()[0]:
        return None
    try:
        content: dict[str, Any] = json.loads(cipher().decrypt(kept.sealed.encode(), ttl=int(KEPT_FOR.total_seconds())))
    except InvalidToken:
        return None
    return content
