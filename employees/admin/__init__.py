from employees.admin.accounts import AccountAdmin, RoleAdmin
from employees.admin.company import CompanyAdmin, DepartmentAdmin
from employees.admin.employee import EmployeeAdmin
from employees.admin.imports import ImportJobAdmin
from employees.admin.payroll import BankAccountAdmin, CompensationAdmin

__all__ = [
    "AccountAdmin",
    "BankAccountAdmin",
    "CompanyAdmin",
    "CompensationAdmin",
    "DepartmentAdmin",
    "EmployeeAdmin",
    "ImportJobAdmin",
    "RoleAdmin",
]
