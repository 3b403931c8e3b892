from employees.access.models.accounts import Invitation, PasswordRequest
from employees.access.models.companies import CompanyLimit
from employees.access.models.employee_links import EmployeeLink, LinkingNote
from employees.access.models.roles import RoleChange
from employees.access.models.sign_ins import AccessEvent, KnownPlace, ProviderLink, RecoveryCode, SignIn

__all__ = [
    "AccessEvent",
    "CompanyLimit",
    "EmployeeLink",
    "Invitation",
    "KnownPlace",
    "LinkingNote",
    "PasswordRequest",
    "ProviderLink",
    "RecoveryCode",
    "RoleChange",
    "SignIn",
]
