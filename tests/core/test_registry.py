from collections.abc import Iterator

import pytest
from django.apps import AppConfig
from django.test import override_settings
from pytest_django import Settings

from integrations.core.registry import Connector, Host, Limit, Variable, connector_class, manifest_of, manifests
from integrations.fortnox.apps import FortnoxConfig

HOST = Host(variable="ACME_API_URL", url="https://api.acme.example/", sandbox_path="/acme")
SECRET = Variable(name="ACME_SECRET", sandbox="sandbox-secret", secret=True)


@pytest.fixture(autouse=True)
def _fresh_manifests() -> Iterator[None]:
    manifests.cache_clear()
    yield
    manifests.cache_clear()


@pytest.fixture(autouse=True)
def _sandbox(settings: Settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8090"
    settings.SANDBOX_VENDORS = True


def test_every_installed_integration_is_found_by_its_manifest() -> None:
    assert manifests()["fortnox"] is FortnoxConfig.manifest
    assert manifest_of("fortnox").label == "Fortnox"


def test_an_app_without_a_manifest_is_no_integration() -> None:
    assert set(manifests()).isdisjoint({"core", "employees", "sandbox", "admin"})


def test_an_integration_that_is_not_installed_is_not_found() -> None:
    installed = ["django.contrib.contenttypes", "django.contrib.auth", "employees", "integrations.core"]
    with override_settings(INSTALLED_APPS=installed):
        assert manifests() == {}
        with pytest.raises(KeyError):
            manifest_of("fortnox")

    manifests.cache_clear()
    assert "fortnox" in manifests()


def test_what_is_called_manifest_but_is_none_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppConfig, "manifest", "not a manifest", raising=False)

    assert list(manifests()) == ["fortnox", "visma_payroll"]


def test_every_manifests_connector_is_one_for_it() -> None:
    for name, manifest in manifests().items():
        connector = connector_class(name)
        assert issubclass(connector, Connector)
        assert connector.manifest is manifest


def test_every_vendor_is_played_by_the_sandbox_unless_said_otherwise() -> None:
    assert HOST.address() == "http://127.0.0.1:8090/acme"


def test_without_the_sandbox_the_vendor_itself_is_called(settings: Settings) -> None:
    settings.SANDBOX_VENDORS = False

    assert HOST.address() == "https://api.acme.example"


@pytest.mark.parametrize("sandbox", [True, False])
def test_an_address_in_the_environment_wins(settings: Settings, monkeypatch: pytest.MonkeyPatch, sandbox: bool) -> None:
    settings.SANDBOX_VENDORS = sandbox
    monkeypatch.setenv("ACME_API_URL", "https://staging.acme.example/")

    assert HOST.address() == "https://staging.acme.example"


@pytest.mark.parametrize(("sandbox", "value"), [(True, "sandbox-secret"), (False, "")])
def test_a_variable_has_a_value_of_its_own_only_in_the_sandbox(settings: Settings, sandbox: bool, value: str) -> None:
    settings.SANDBOX_VENDORS = sandbox

    assert SECRET.value() == value


def test_a_variable_in_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_SECRET", "s3cret")

    assert SECRET.value() == "s3cret"


def test_a_variable_that_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_SECRET", " ")
    monkeypatch.setenv("ACME_API_URL", "")

    assert SECRET.value() == "sandbox-secret"
    assert HOST.address() == "http://127.0.0.1:8090/acme"


def test_a_secret_that_begins_with_a_dollar_sign_is_not_another_variables_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACME_SECRET", "$PATH")

    assert SECRET.value() == "$PATH"


def test_calls_are_spread_evenly_over_the_limits_time() -> None:
    assert Limit(requests=24, seconds=6).interval == 0.25
