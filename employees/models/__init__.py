from employees.models.company import Company, Department
from employees.models.employee import Employee
from employees.models.imports import ImportJob, ImportRow
from employees.models.parts import BankAccount, Compensation, Position
from employees.models.stored_values import StoredValue

__all__ = [
    "BankAccount",
    "Company",
    "Compensation",
    "Department",
    "Employee",
    "ImportJob",
    "ImportRow",
    "Position",
    "StoredValue",
]
