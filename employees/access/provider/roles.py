"""Roles by the provider's groups: given and taken at each sign-in, for the roles that the setting names."""

import logging

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from employees.access.accounts import LOOKS_AFTER_USERS, is_last_operator
from employees.access.models import AccessEvent

logger = logging.getLogger(__name__)
Kind = AccessEvent.Kind


def follow_groups(user: User, groups: frozenset[str]) -> list[str]:
    """Give the roles of the user's groups there and take those of groups that are lost; other roles stay.

    Returns the roles that stay too, because nobody else could look after users.
    """
    if not settings.OIDC_ROLES:
        return []
    wanted = {role for group, role in settings.OIDC_ROLES if group in groups}
    managed = {role for _group, role in settings.OIDC_ROLES}
    with transaction.atomic():
        # Two who sign in at once must not both count on the other one.
        list(Group.objects.select_for_update().filter(name__in=managed).order_by("pk"))
        User.objects.select_for_update().get(pk=user.pk)
        held = set(user.groups.values_list("name", flat=True))
        given, lost = wanted - held, (held & managed) - wanted
        kept = _needed(user, lost, left=(held - lost) | given)
        taken = lost - kept
        _change(user, given=given, taken=taken)
    if kept:
        logger.warning("The provider's groups would leave nobody who looks after users: user %s keeps it", user.pk)
    if given or taken:
        logger.warning(
            "The provider's groups changed the roles of user %s: %d given, %d taken", user.pk, len(given), len(taken)
        )
    return sorted(kept)


def _needed(user: User, lost: set[str], *, left: set[str]) -> set[str]:
    """Return what of the lost roles lets the last one look after users who does."""
    if not lost or user.is_superuser or not is_last_operator(user):
        return set()
    app_label, codename = LOOKS_AFTER_USERS.split(".")
    right = {"codename": codename, "content_type__app_label": app_label}
    looks_after = set(
        Group.objects.filter(**{f"permissions__{name}": value for name, value in right.items()}).values_list(
            "name", flat=True
        )
    )
    if left & looks_after or user.user_permissions.filter(**right).exists():
        return set()
    return lost & looks_after


def _change(user: User, *, given: set[str], taken: set[str]) -> None:
    groups = {group.name: group for group in Group.objects.filter(name__in=given | taken)}
    for kind, names, change in (
        (Kind.ROLE_TAKEN, taken, user.groups.remove),
        (Kind.ROLE_GIVEN, given, user.groups.add),
    ):
        found = sorted(names & groups.keys())
        if found:
            change(*(groups[name] for name in found))
        for name in found:
            # Nobody here did it: what did, and which role, stands where an operator at the command line would.
            who = f"{settings.OIDC_NAME}: {name}"[: AccessEvent._meta.get_field("operator").max_length]
            AccessEvent.objects.create(user=user, kind=kind, operator=who)
