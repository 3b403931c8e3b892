"""The page of whatever ends a request unforeseen: whether something was saved, why not, and the next step."""

import logging
import secrets
import sys
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import timezone

from integrations.core.storage import trouble_of

logger = logging.getLogger(__name__)
SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 503 where the database or the disk is the reason, else 500; asks the database nothing.

    The number on the page stands in the log beside the error.
    """
    error = sys.exc_info()[1]
    trouble = trouble_of(error)
    number = secrets.token_hex(4)
    logger.error("The page of error %s was shown (%s, %s)", number, type(error).__name__, trouble or "unforeseen")
    page = loader.render_to_string(
        "500.html",
        {
            "trouble": trouble or "",
            "saving": request.method not in SAFE_METHODS,
            "number": number,
            "at": timezone.now(),
        },
    )
    return HttpResponse(page, status=503 if trouble else 500)
