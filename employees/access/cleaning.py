"""What of signing in is kept no longer than it counts."""

from employees.access import forgotten, lockout, sign_ins


def clean() -> None:
    lockout.forget_old_attempts()
    sign_ins.forget_old()
    forgotten.forget_old_requests()
