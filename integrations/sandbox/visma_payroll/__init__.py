"""Plays Visma.net Payroll (Norway): Visma Connect's token endpoint and the Employee API."""
