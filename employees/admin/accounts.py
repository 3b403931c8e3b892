"""Users and groups, as Django has them: their pages are compared with what they were opened from, like all others."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from employees.admin.deletion import DeletionAdmin
from employees.admin.versions import VersionedForm


class AccountForm(VersionedForm, UserChangeForm):
    pass


class RoleForm(VersionedForm):
    pass


class AccountAdmin(UserAdmin[User], DeletionAdmin):
    form = AccountForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # Nobody types these, and a form keeps of a moment the seconds alone.
    readonly_fields: ClassVar = ("last_login", "date_joined")


class RoleAdmin(GroupAdmin, DeletionAdmin):
    form = RoleForm


admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.register(User, AccountAdmin)
admin.site.register(Group, RoleAdmin)
