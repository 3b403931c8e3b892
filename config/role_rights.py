"""Gives the built-in roles exactly the table's rights after each migrate, and keeps what that changed for people."""

from collections.abc import Iterable
from typing import Any, Final, TextIO

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.signals import post_migrate

from config.roles import rights_of, rows_of
from employees.access.models import RoleChange
from employees.groups import BUILT_IN
from employees.users import user_name
from integrations.core.allowed import NAMES, Right, codename, with_implied
from integrations.core.models import Connection
from integrations.core.registry import manifests

NEEDED: Final = (RoleChange, Group, Connection)


def connect() -> None:
    # After the receiver that makes each app's own permissions: this app is the last.
    post_migrate.connect(_after_migrate, dispatch_uid="config.role_rights")


def _after_migrate(
    sender: AppConfig, using: str, apps: Apps, verbosity: int = 1, stdout: TextIO | None = None, **more: Any
) -> None:
    if using == DEFAULT_DB_ALIAS and sender is _last_app() and _tables_are_there(apps):
        for change in give_rights():
            if verbosity and stdout is not None:
                stdout.write(in_words(change) + "\n")


def _last_app() -> AppConfig:
    return [config for config in apps.get_app_configs() if config.models_module is not None][-1]


def _tables_are_there(migrated: Apps) -> bool:
    """Whether it is not a database on the way back to before these tables."""
    try:
        return all(migrated.get_model(model._meta.label) for model in NEEDED)
    except LookupError:
        return False


@transaction.atomic
def give_rights() -> list[RoleChange]:
    """Give each role its rights; return what somebody gains or loses by that."""
    _make_permissions_of_integrations()
    known = {_name_of(each): each for each in Permission.objects.select_related("content_type")}
    changes = [_give(role, known) for role in BUILT_IN]
    return [change for change in changes if change is not None]


def _give(role: str, known: dict[str, Permission]) -> RoleChange | None:
    group, _made = Group.objects.get_or_create(name=role)
    wanted = rights_of(role) & known.keys()
    present = {_name_of(each) for each in group.permissions.select_related("content_type")}
    if wanted == present:
        return None
    group.permissions.set([known[name] for name in wanted])
    users = sorted(filter(None, map(user_name, group.user_set.filter(is_active=True))))
    if not users:
        # A new installation, or a role that nobody has: nobody's rights changed.
        return None
    gained = _lines(wanted - with_implied(present), known, role)
    lost = _lines(present - with_implied(wanted), known, role)
    return RoleChange.objects.create(role=role, users=users, gained=gained, lost=lost) if gained or lost else None


def _lines(rights: Iterable[str], known: dict[str, Permission], role: str) -> list[str]:
    """Return the rights by the table's rows; a right that stands in none by its own name."""
    lines = set()
    for right in rights:
        rows = list(rows_of(right))
        mine = [row for row in rows if role in row.roles] or rows[:1]
        lines |= {f"{row.data}: {row.action}" for row in mine} or {known[right].name}
    return sorted(lines)


def in_words(change: RoleChange) -> str:
    """Return what migrate prints."""
    parts = []
    if change.gained:
        parts.append(f"may by now: {'; '.join(change.gained)}")
    if change.lost:
        parts.append(f"may no more: {'; '.join(change.lost)}")
    return f"Role “{change.role}” ({', '.join(change.users)}) {'. It '.join(parts)}."


def _name_of(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _make_permissions_of_integrations() -> None:
    content_type = ContentType.objects.get_for_model(Connection)
    for name, manifest in manifests().items():
        for right in Right:
            Permission.objects.update_or_create(
                codename=codename(right, name),
                content_type=content_type,
                defaults={"name": str(NAMES[right] % {"integration": manifest.label})},
            )
