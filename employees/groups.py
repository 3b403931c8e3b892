"""The names of the groups that the migrations make; other apps add their own rights to them by these."""

HR_ADMIN = "HR admin"
INTEGRATION_ADMIN = "Integration admin"
PAYROLL = "Payroll"
MANAGER = "Manager"
