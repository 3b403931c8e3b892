"""Pages of who may sign in, and of how they do."""

from employees.access.admin import sign_ins, users

__all__ = ["sign_ins", "users"]
