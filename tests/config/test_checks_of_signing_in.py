"""Settings of the sign-in that protect nothing, or let nobody in, are refused by the check and at the start (OP-15)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError
from pytest_django import Settings

from config import checks
from config.checks import check_settings, signing_in
from employees.errors import WrongSettings
from employees.groups import HR_ADMIN

pytestmark = pytest.mark.behaviour("OP-01", "OP-15")
SOUND = {
    "OIDC_ISSUER": "https://id.example.com",
    "OIDC_CLIENT_ID": "samklang",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ROLES": [("people", HR_ADMIN)],
    "PASSWORD_SIGN_IN": False,
    "EMERGENCY_USER": "emergency",
    "DEBUG_PROVIDER": False,
    "SECOND_FACTOR_ROLES": [HR_ADMIN.upper(), "Operator"],
    "PROXIES": 1,
}


def use(settings: Settings, **changes: Any) -> None:
    for name, value in {**SOUND, **changes}.items():
        setattr(settings, name, value)


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, set()),
        ({"OIDC_ISSUER": "http://id.example.com"}, {"OIDC_ISSUER"}),
        ({"OIDC_ISSUER": "http://127.0.0.1:9000"}, {"OIDC_ISSUER"}),
        ({"OIDC_CLIENT_SECRET": ""}, {"OIDC_CLIENT_SECRET"}),
        ({"OIDC_ISSUER": ""}, {"PASSWORD_SIGN_IN"}),
        ({"EMERGENCY_USER": ""}, {"EMERGENCY_USER"}),
        ({"OIDC_ROLES": [("", "it")]}, {"OIDC_ROLES"}),
    ],
)
def test_what_lets_nobody_in_is_an_error_everywhere(
    settings: Settings, changes: dict[str, Any], wrong: set[str], debug: bool
) -> None:
    use(settings, **changes, DEBUG=debug)

    ids = {each.id for each in check_settings() if each.is_serious()}

    assert {f"samklang.{name}" for name in SOUND} & ids == {f"samklang.{name}" for name in wrong}


@pytest.mark.parametrize("name", signing_in.BOUNDS)
def test_an_end_that_comes_at_once_or_never_is_an_error(settings: Settings, name: str) -> None:
    least, most = signing_in.BOUNDS[name]
    for value, refused in ((0, True), (least - 1, True), (least, False), (most, False), (999_999_999, True)):
        use(settings, DEBUG=False, **{name: value})
        assert (f"samklang.{name}" in {each.id for each in check_settings()}) is refused


@pytest.mark.parametrize(("number", "refused"), [(-3, True), (0, False), (9, False), (10, True)])
def test_a_number_of_proxies_that_cannot_be_is_an_error(settings: Settings, number: int, refused: bool) -> None:
    use(settings, DEBUG=False, PROXIES=number)

    assert ("samklang.PROXIES" in {each.id for each in check_settings()}) is refused


@pytest.mark.parametrize(("host", "refused"), [(".com", True), (".example.com", False), ("hub.example.com", False)])
def test_a_top_level_is_no_host(settings: Settings, host: str, refused: bool) -> None:
    use(settings, DEBUG=False, ALLOWED_HOSTS=[host])

    assert ("samklang.ALLOWED_HOSTS" in {each.id for each in check_settings()}) is refused


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"SECOND_FACTOR_ROLES": ["HR-admin"]}, "SECOND_FACTOR_ROLES"),
        ({"OIDC_ROLES": [("people", "HR adminn")]}, "OIDC_ROLES"),
        ({"EMERGENCY_USER": "nobody"}, "EMERGENCY_USER"),
    ],
)
def test_the_web_server_does_not_start_with_names_that_there_are_not(
    settings: Settings, changes: dict[str, Any], wrong: str
) -> None:
    User.objects.create_user("emergency")
    Group.objects.create(name="Our own")
    use(settings, DEBUG=True)
    checks.refuse()
    use(settings, DEBUG=True, SECOND_FACTOR_ROLES=["our own"], OIDC_ROLES=[("a", "Our own")])
    checks.refuse()

    use(settings, DEBUG=True, **changes)
    with pytest.raises(WrongSettings, match=wrong):
        checks.refuse()


def test_a_database_that_is_away_is_no_reason_not_to_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_settings: Any) -> Any:
        raise DatabaseError

    use(settings, DEBUG=True, SECOND_FACTOR_ROLES=["HR-admin"])
    monkeypatch.setattr(signing_in, "names", away)

    checks.refuse()
