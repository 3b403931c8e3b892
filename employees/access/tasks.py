"""The queue's entry point."""

from employees.access import forgotten


def send_password_links() -> None:
    forgotten.send_due()
