"""The names of the built-in roles, which are groups; `config.roles` says what each may do."""

from typing import Final

HR_ADMIN = "HR admin"
INTEGRATION_ADMIN = "Integration admin"
PAYROLL = "Payroll"
MANAGER = "Manager"
FINANCE = "Finance"
PAYROLL_OFFICE = "Payroll office"
OPERATOR = "Operator"
BUILT_IN: Final = (HR_ADMIN, INTEGRATION_ADMIN, PAYROLL, MANAGER, FINANCE, PAYROLL_OFFICE, OPERATOR)
# Whoever has one of these sees nothing before companies are chosen for them.
LIMITED_ROLES: Final = (PAYROLL_OFFICE,)
