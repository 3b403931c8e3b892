"""Rows that may be right and are looked at all the same, and how their notes and questions are read."""

from django.urls import reverse

from employees.models import ImportJob

NAMES = ["Employment ID", "Given name", "Family name"]
BJORN = "Bj\u00c3\u00b6rn"
IDS = [*NAMES, "National ID", "Country of the national ID"]
NUMBERS = ["Employment ID", "Country of the bank account", "Clearing number", "Account number", "IBAN", "BIC"]


def notes(job: ImportJob) -> dict[int, list[list[str]]]:
    return dict(job.rows.exclude(notes=[]).values_list("number", "notes"))


def questions(job: ImportJob) -> dict[int, list[list[str]]]:
    return dict(job.rows.exclude(questions=[]).values_list("number", "questions"))


def page_of(job: ImportJob) -> str:
    return reverse("admin:employees_importjob_change", args=[job.pk])
