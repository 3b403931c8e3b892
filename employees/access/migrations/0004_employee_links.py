import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from employees.values.contacts import email_key


def link_by_address(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Link those who were one by an equal e-mail address up to now, and keep what was linked and what was unclear.

    Where an address is several users', those who may sign in count; where it is several people's of a company, those
    who have not left.
    """
    users, people = _users(apps), _people(apps)
    linked, unclear = [], []
    for address in sorted(users.keys() & people.keys()):
        accounts = _preferred(users[address], first=lambda user: user["is_active"])
        of_companies = defaultdict(list)
        for person in people[address]:
            of_companies[person["company_id"]].append(person)
        for employees in of_companies.values():
            candidates = _preferred(employees, first=lambda person: not person["has_left"])
            if len(accounts) == len(candidates) == 1:
                linked.append((accounts[0], candidates[0]))
            else:
                unclear.append((accounts, candidates))
    link = apps.get_model("access", "EmployeeLink")
    link.objects.bulk_create(
        [link(user_id=user["pk"], employee_id=person["pk"]) for user, person in linked], batch_size=500
    )
    if linked or unclear:
        apps.get_model("access", "LinkingNote").objects.create(
            linked=[(user["pk"], person["pk"]) for user, person in linked],
            unclear=[([user["pk"] for user in each], [person["pk"] for person in them]) for each, them in unclear],
        )
        _tell(linked, unclear)


def _users(apps: Apps) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for user in apps.get_model("auth", "User").objects.exclude(email="").values("pk", "username", "email", "is_active"):
        if key := email_key(user["email"]):
            found[key].append({**user})
    return found


def _people(apps: Apps) -> dict[str, list[dict[str, Any]]]:
    today, found = timezone.localdate(), defaultdict(list)
    people = apps.get_model("employees", "Employee").objects.exclude(work_email="").order_by("pk")
    for person in people.values("pk", "company_id", "work_email", "last_workday").iterator(chunk_size=5_000):
        last = person["last_workday"]
        if key := email_key(person["work_email"]):
            found[key].append({**person, "has_left": last is not None and last < today})
    return found


def _preferred(found: list[dict[str, Any]], *, first: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    return [each for each in found if first(each)] or found


def _tell(linked: Iterable[Any], unclear: Iterable[Any]) -> None:
    """Print the users alone: names of people belong in no terminal."""
    for text, each in (
        ("Linked by e-mail address with an employee", [[user] for user, _person in linked]),
        ("Not linked, because an address is several users' or people's", [them for them, _people in unclear]),
    ):
        names = sorted({user["username"] for users in each for user in users})
        if names:
            sys.stdout.write(f"\n    {text}: {', '.join(names)}. The start page says more.")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_accounts"),
        ("employees", "0006_stored_values"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="accessevent",
            name="employee",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="employees.employee",
                verbose_name="employee",
            ),
        ),
        migrations.AlterField(
            model_name="accessevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("second_factor_set_up", "Second factor set up"),
                    ("second_factor_off", "Second factor turned off"),
                    ("second_factor_reset", "Second factor reset by somebody else"),
                    ("codes_renewed", "Recovery codes made anew"),
                    ("code_used", "Recovery code used"),
                    ("linked", "Linked to the sign-in provider"),
                    ("unlinked", "Link to the sign-in provider removed"),
                    ("invited", "Invited to link to the sign-in provider"),
                    ("invited_to_password", "Invited to sign in with a password"),
                    ("password_link_sent", "Link for a new password e-mailed"),
                    ("password_set", "Password set with the link of an e-mail"),
                    ("email_changed", "E-mail address changed"),
                    ("deactivated", "Account deactivated"),
                    ("let_in", "Let in again"),
                    ("employee_linked", "Linked with an employee"),
                    ("employee_unlinked", "Link with an employee removed"),
                ],
                max_length=40,
                verbose_name="what",
            ),
        ),
        migrations.CreateModel(
            name="EmployeeLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("linked_at", models.DateTimeField(auto_now_add=True, verbose_name="linked")),
                (
                    "employee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="user_link",
                        to="employees.employee",
                        verbose_name="employee",
                    ),
                ),
                (
                    "linked_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="linked by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        help_text="Who signs in as this employee. As a manager the user sees and decides on the absences of the own team; an equal e-mail address alone gives nothing.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="employee_links",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "user account",
                "verbose_name_plural": "user account",
                "ordering": ("pk",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="LinkingNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("linked", models.JSONField(default=list)),
                ("unclear", models.JSONField(default=list)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
            },
        ),
        migrations.RunPython(link_by_address, migrations.RunPython.noop),
    ]
