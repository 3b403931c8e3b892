"""The built-in roles, which are groups, and for whom each is; `config.roles` says what each may do."""

from typing import Final

from django.utils.translation import gettext_lazy as _

HR_ADMIN = "HR admin"
INTEGRATION_ADMIN = "Integration admin"
PAYROLL = "Payroll"
MANAGER = "Manager"
FINANCE = "Finance"
PAYROLL_OFFICE = "Payroll office"
OPERATOR = "Operator"
BUILT_IN: Final = {
    HR_ADMIN: _("People, positions, departments, companies, pay, absences; imports; runs the HR integrations."),
    INTEGRATION_ADMIN: _("Connects and runs integrations. Reads people without pay and without absences."),
    PAYROLL: _("Pay: bank accounts and compensation; reads people and absences; looks after the error log."),
    MANAGER: _("Decides on the absences of the own team, and sees nothing else."),
    FINANCE: _("Invoices and their systems, no people. None of these systems can be connected yet."),
    PAYROLL_OFFICE: _("What an HR admin and Payroll do, of chosen companies alone."),
    OPERATOR: _("Users and their roles, background tasks, how connections stand. No people, no pay, no absences."),
}
# Whoever has one of these sees nothing before companies are chosen for them.
LIMITED_ROLES: Final = (PAYROLL_OFFICE,)
