"""Groups: the built-in roles are read in words; a mixture of rights of one's own is a superuser's work."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from employees.admin.deletion import DeletionAdmin
from employees.admin.versions import VersionedForm
from employees.groups import BUILT_IN
from employees.users import user_name


class RoleForm(VersionedForm):
    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        setting = _named_in(self.initial.get("name", "")) if "name" in self.changed_data else ""
        if setting:
            raise ValidationError(
                _("%(setting)s names this role: write the new name there first."), params={"setting": setting}
            )
        return name


class RoleAdmin(GroupAdmin, DeletionAdmin):
    """A built-in role has the rights of the table: what somebody changed here would be gone at the next upgrade."""

    form = RoleForm
    list_display = ("name", "for_whom")
    in_words: ClassVar[Any] = ("name", "for_whom", "who_has_it")

    @admin.display(description=_("for whom"))
    def for_whom(self, group: Group) -> Any:
        return BUILT_IN.get(group.name, _("A mixture of your own"))

    @admin.display(description=_("who has it"))
    def who_has_it(self, group: Group) -> str:
        return ", ".join(user_name(user) for user in group.user_set.filter(is_active=True).order_by("username")) or "–"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the list of permissions to whoever makes or changes one, and to nobody else."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": self.in_words})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return super().get_readonly_fields(request, obj)
        return self.in_words

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Keep what a setting names: without it, nobody would be asked for what the setting demands."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        named = [(group.name, setting) for group in objs if (setting := _named_in(group.name))]
        told = [
            gettext("%(role)s: %(setting)s names this role. Take it out there first.")
            % {"role": role, "setting": setting}
            for role, setting in named
        ]
        return deleted, counts, lacking, [*protected, *told]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_built_in(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_built_in(obj) and bool(super().has_delete_permission(request, obj))


def _named_in(role: str) -> str:
    """Return the setting that names a role, empty for one that none names."""
    named = {
        "SECOND_FACTOR_ROLES": settings.SECOND_FACTOR_ROLES,
        "OIDC_ROLES": [name for _group, name in settings.OIDC_ROLES],
    }
    return next(
        (setting for setting, names in named.items() if role.casefold() in {each.casefold() for each in names}), ""
    )


def _is_built_in(group: Any) -> bool:
    return group is not None and group.name in BUILT_IN
