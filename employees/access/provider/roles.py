"""Roles by the provider's groups: given and taken at each sign-in, for the roles that the setting names."""

import logging

from django.conf import settings
from django.contrib.auth.models import Group, User

logger = logging.getLogger(__name__)


def follow_groups(user: User, groups: frozenset[str]) -> None:
    """Give the roles of the user's groups there and take those of groups that are lost; other roles stay."""
    if not settings.OIDC_ROLES:
        return
    wanted = {role for group, role in settings.OIDC_ROLES if group in groups}
    managed = {role for _group, role in settings.OIDC_ROLES}
    held = set(user.groups.filter(name__in=managed).values_list("name", flat=True))
    given, taken = wanted - held, held - wanted
    if taken:
        user.groups.remove(*Group.objects.filter(name__in=taken))
    if given:
        user.groups.add(*Group.objects.filter(name__in=given))
    if given or taken:
        logger.warning(
            "The provider's groups changed the roles of user %s: %d given, %d taken", user.pk, len(given), len(taken)
        )
