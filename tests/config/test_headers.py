"""What browsers are told with every page (OP-02)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.config.test_settings import PROTECTED, load_settings

pytestmark = pytest.mark.behaviour("OP-02")


def policy_of(answer: object) -> dict[str, list[str]]:
    header = answer.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    parts = [part.split() for part in header.split(";")]
    return {part[0]: part[1:] for part in parts if part}


@pytest.mark.django_db
def test_no_page_takes_scripts_of_its_own_or_is_framed(client: Client) -> None:
    user = User.objects.create_superuser("anna")
    for address in ("/login/", "/nothing/", "/"):
        answer = client.get(address)
        policy = policy_of(answer)
        assert policy["default-src"] == ["'none'"]
        assert policy["script-src"] == ["'self'"]
        assert policy["form-action"] == ["'self'"]
        assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
        assert "unsafe" not in str(policy)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        client.force_login(user)


def test_cookies_go_over_https_only_and_to_no_script(tmp_path: object) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "X_FRAME_OPTIONS")
    loaded = load_settings(*names, **{**PROTECTED, "VAR_DIR": str(tmp_path)})
    assert loaded == {"SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True, "X_FRAME_OPTIONS": "DENY"}
