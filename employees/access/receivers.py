"""What ends sign-ins and invitations wherever it is done, such as a deactivated user; the recording of sign-ins."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed, post_save

from employees.access import invitations, proving, sign_ins
from employees.access.models import SignIn


def connect() -> None:
    user_logged_in.connect(_record, dispatch_uid="access.record")
    user_logged_out.connect(_forget, dispatch_uid="access.forget")
    post_save.connect(_end_of_deactivated, sender=User, dispatch_uid="access.deactivated")
    m2m_changed.connect(_end_with_other_roles, sender=User.groups.through, dispatch_uid="access.roles")


def _record(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
    if hasattr(request, "session"):
        sign_ins.record(request, user)
        proving.note(request)
        request.signed_in_as = user.pk


def _forget(sender: Any, request: Any, user: User | None, **kwargs: Any) -> None:
    if hasattr(request, "session"):
        SignIn.objects.filter(pk=request.session.get(sign_ins.IN_SESSION, 0)).delete()


def _end_of_deactivated(sender: Any, instance: User, update_fields: Any = None, **kwargs: Any) -> None:
    if not instance.is_active:
        sign_ins.end_all(instance)
    # Each sign-in saves that field alone.
    if update_fields is None or set(update_fields) != {"last_login"}:
        invitations.forget_void(instance)


def _end_with_other_roles(sender: Any, instance: Any, action: str, pk_set: set[int] | None, **kwargs: Any) -> None:
    if action in ("post_add", "post_remove") and pk_set:
        users = User.objects.filter(pk__in=pk_set) if isinstance(instance, Group) else [instance]
    elif action == "pre_clear":
        users = instance.user_set.all() if isinstance(instance, Group) else [instance]
    else:
        return
    sign_ins.end(SignIn.objects.filter(user__in=users))
