from employees.access.models.companies import CompanyLimit
from employees.access.models.roles import RoleChange

__all__ = ["CompanyLimit", "RoleChange"]
