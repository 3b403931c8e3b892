from employees.access.models.companies import CompanyLimit
from employees.access.models.roles import RoleChange
from employees.access.models.sign_ins import AccessEvent, KnownPlace, ProviderLink, RecoveryCode, SignIn

__all__ = ["AccessEvent", "CompanyLimit", "KnownPlace", "ProviderLink", "RecoveryCode", "RoleChange", "SignIn"]
