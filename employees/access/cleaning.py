"""What of signing in is kept no longer than it counts."""

from employees.access import lockout, sign_ins


def clean() -> None:
    lockout.forget_old_attempts()
    sign_ins.forget_old()
