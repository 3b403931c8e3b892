"""The report of a run: what came of everybody, in words and in numbers that add up; mailed and kept (G-06).

It holds no values at all, only names, field labels and reasons: it travels by e-mail (G-18).
"""

from integrations.core.report.building import build_report
from integrations.core.report.contents import Report
from integrations.core.report.sending import send_due
from integrations.core.report.writing import report_text

__all__ = ["Report", "build_report", "report_text", "send_due"]
