"""Who may do what; and that neither secrets nor personal values stand where they must not."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_q.tasks import async_task

from employees.models import Employee
from integrations.core.accounts import AuthorisationFailed
from integrations.core.addresses import section_of, section_url
from integrations.core.admin.wizard.vendor_admin import VendorConnectionAdmin
from integrations.core.models import Connection, Delivery, Link, Problem, SyncRow, SyncRun
from integrations.core.work import ringing
from tests.core.admin.filling import World
from tests.core.admin.pages import pages, text_of
from tests.core.connected import compare
from tests.core.runs.both_sides import LEFT, apply_all, create_all, decide, review, row_of
from tests.integrations.base import Contract
from tests.integrations.driver import Values
from tests.integrations.stage import Stage, signed_in
from tests.pages import press

# Pages of whoever manages integrations, in every vendor's section.
MANAGED = ("consent", "authorise", "settings", "people", "disconnect")
# Shorter parts of a value may stand anywhere by chance.
TELLING = 6


class GuardingContract(Contract):
    @pytest.mark.behaviour("G-01")
    def test_without_a_right_every_page_of_the_section_is_forbidden_and_the_menu_is_silent(self, stage: Stage) -> None:
        run = review(stage.connection)
        client = signed_in("staff")
        addresses = section_pages(stage, run=run)
        assert len(addresses) > len(MANAGED)

        assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 403)
        # A page that takes no form says that to everybody.
        assert {client.post(address).status_code for address in addresses} <= {403, 405}
        assert section_url(stage.driver.integration) not in _menu(client)
        assert stage.state() == Connection.State.REVIEWING

    @pytest.mark.behaviour("G-01")
    def test_whoever_is_not_signed_in_is_led_to_the_sign_in(self, stage: Stage) -> None:
        answers = {Client().get(address).headers.get("Location", "") for address in section_pages(stage)}
        assert {address.split("?")[0] for address in answers} == {reverse("admin:login")}

    @pytest.mark.behaviour("G-01")
    def test_an_hr_admin_synchronises_and_does_not_manage_the_connection(self, stage: Stage) -> None:
        client, before = signed_in("hr_admin"), Connection.objects.values().get()
        section = section_of(stage.driver.integration)
        managed = [reverse(f"{section}_{name}", args=[stage.connection.pk]) for name in MANAGED]
        managed.append(reverse(f"{section}_set_up"))

        assert {client.get(address).status_code for address in managed} == {403}
        assert {client.post(address).status_code for address in managed} == {403}
        assert Connection.objects.values().get() == before
        assert section_url(stage.driver.integration) in _menu(client)
        page = client.get(reverse(f"{section}_connection", args=[stage.connection.pk]))
        assert press(client, page, "Synchronise users").status_code == 302
        assert SyncRun.objects.count() == 1

    def test_another_integrations_connection_is_not_found_in_the_section(self, stage: Stage) -> None:
        addresses = [each for each in section_pages(stage) if f"/{stage.connection.pk}/" in each]
        Connection.objects.update(integration="elsewhere")

        client = signed_in("integration_admin")
        answers = {address: client.get(address).status_code for address in addresses}
        # Whoever connects does not read absences: that page is refused before anything is looked up.
        assert {address: answer for address, answer in answers.items() if answer != 404} == {
            address: 403 for address in addresses if address.endswith("/existing-absences/")
        }

    def test_no_credentials_and_no_personal_values_stand_in_logs_tasks_and_tables(
        self, stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        driver, rung = stage.driver, []

        def ring(task: str, *arguments: Any, **options: Any) -> Any:
            rung.append(arguments)
            return async_task(task, *arguments, **options)

        monkeypatch.setattr(ringing, "async_task", ring)
        with caplog.at_level(logging.DEBUG):
            said = _everything_that_goes_wrong(stage)

        secrets = [*driver.app_secrets, *_secrets(stage)]
        personal = [*_telling(driver.values(1)), *_telling(driver.values(2)), *_telling(driver.edited.values)]
        # What factories make up they log; nobody else does.
        records = [each for each in caplog.records if not each.name.startswith("factory")]
        logged = "\n".join(caplog.handler.format(record) for record in records)
        assert logged
        assert [value for value in (*secrets, *personal) if value in f"{logged} {said}"] == []
        assert rung
        assert [argument for arguments in rung for argument in arguments if not isinstance(argument, int)] == []
        kept = "\n".join(_everything_kept())
        assert [value for value in secrets if value in kept] == []

    def test_no_page_shows_credentials_and_sensitive_values_are_masked(self, stage: Stage) -> None:
        field = stage.driver.sensitive
        employee, _right_id = stage.add_pair(1, hub={field.name: field.values[0]}, vendor={field.name: field.values[1]})
        run = review(stage.connection)
        conflict = _page(stage, run, "conflicts")
        hidden = _telling(field.values)
        assert [value for value in hidden if value in text_of(signed_in("hr_admin").get(conflict))] != []
        reader = signed_in("integration_admin")
        assert [value for value in hidden if value in text_of(reader.get(conflict))] == []

        decide(row_of(run, left=employee), **{field.name: LEFT})
        stage.driver.refuse_next(stage.driver.update_call, message=f"The value {hidden[0]} is taken.")
        run = apply_all(run)

        shown = {address: text_of(reader.get(address)) for address in _every_page(stage, run, employee)}
        forbidden = [*hidden, *stage.driver.app_secrets, *_secrets(stage)]
        assert [(address, value) for address, text in shown.items() for value in forbidden if value in text] == []
        assert any(employee.full_name in text for text in shown.values())


def section_pages(stage: Stage, *, run: SyncRun | None = None) -> list[str]:
    """Return every page of the integration's own section, for the stage's connection."""
    places = {"pk": stage.connection.pk, "connection": stage.connection.pk, "run": run.pk if run else 1}
    return [
        reverse(
            f"admin:{pattern.name}",
            kwargs={name: places.get(name, 1) for name in pattern.pattern.converters},
        )
        for pattern in _section(stage).get_urls()
        if pattern.name
    ]


def _section(stage: Stage) -> VendorConnectionAdmin:
    sections = [each for each in admin.site._registry.values() if isinstance(each, VendorConnectionAdmin)]
    return next(each for each in sections if each.integration == stage.driver.integration)


def _page(stage: Stage, run: SyncRun, name: str) -> str:
    return reverse(f"{section_of(stage.driver.integration)}_{name}", args=[stage.connection.pk, run.pk])


def _every_page(stage: Stage, run: SyncRun, employee: Employee) -> list[str]:
    """Return the section's pages, the core's, and the person's own."""
    world = World(
        connection=stage.connection,
        employee=employee,
        run=run,
        row=SyncRow.objects.get(run=run),
        link=Link.objects.get(),
        delivery=Delivery.objects.get(),
        problem=Problem.objects.get(),
    )
    own = reverse("admin:employees_employee_change", args=[employee.pk])
    return [*section_pages(stage, run=run), *pages(world), own, reverse("admin:index")]


def _menu(client: Client) -> list[str]:
    sections = client.get(reverse("admin:index")).context["sidebar_navigation"]
    return [str(item["link"]) for section in sections for item in section["items"] if item["has_permission"]]


def _everything_that_goes_wrong(stage: Stage) -> str:
    """Fail, refuse, lose, withdraw and connect again; return what was said about connecting."""
    driver, field, said = stage.driver, stage.driver.edited, ""
    employee, _right_id = stage.add_pair(1, hub={field.name: field.values[0]})
    stage.add_to_hub(2)
    driver.fail_all_at(driver.token_path)
    try:
        driver.connect(stage.connection)
    except AuthorisationFailed as failed:
        said = failed.message
    driver.mend()
    run = review(stage.connection)
    decide(row_of(run, left=employee), **{field.name: LEFT})
    create_all(run)
    quoted = " ".join(_telling(driver.values(2)))
    driver.refuse_next(driver.create_call, message=f"Taken: {quoted}")
    driver.lose_answer_of_next(driver.update_call, done=True)
    apply_all(run)
    driver.refuse_next(driver.update_call, message=f"Taken: {quoted}")
    stage.edit(employee, **{field.name: field.values[1]})
    stage.push_until_sent()
    driver.go_down()
    stage.edit(employee, **{field.name: field.values[2]})
    stage.push()
    driver.mend()
    driver.withdraw()
    compare(Connection.objects.get())
    driver.allow_again()
    stage.connect_again()
    assert said
    return said


def _secrets(stage: Stage) -> list[str]:
    """Return the tokens that the connection was given first, and those that it has now."""
    now = Connection.objects.get(pk=stage.connection.pk).secrets
    found = sorted({*_tokens(stage.first_secrets), *_tokens(now)})
    assert found
    return found


def _tokens(secrets: Values) -> Iterator[str]:
    return (str(value) for name, value in secrets.items() if name.endswith("token") and value)


def _telling(values: Any) -> list[str]:
    """Return the texts in a person's values that would tell who it is, or where the money goes."""
    if isinstance(values, dict):
        values = list(values.values())
    parts = [part for value in values for part in (value if isinstance(value, tuple) else [value])]
    return [part for part in parts if isinstance(part, str) and len(part) >= TELLING]


def _everything_kept() -> Iterator[str]:
    """Return every row of the core's tables, as it stands in the database."""
    for model in apps.get_app_config("core").get_models():
        for row in model._default_manager.values():
            yield str(row)
