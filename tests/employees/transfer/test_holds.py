"""Who holds an import, and until when that is believed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from employees.models import ImportJob
from employees.transfer import jobs
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


def held_for(ahead: timedelta) -> ImportJob:
    job: ImportJob = ImportJob.objects.create(company=CompanyFactory.create(), file_name="people.csv", content=b"")
    ImportJob.objects.update(holder="somebody", held_until=timezone.now() + ahead)
    return job


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=400)])
def test_an_import_that_a_clock_ahead_once_held_is_taken_up(ahead: timedelta) -> None:
    job = held_for(ahead)
    assert jobs.claim(job_id=job.pk, states=ImportJob.AT_WORK) is not None
    assert jobs.claim(job_id=job.pk, states=ImportJob.AT_WORK) is None


def test_an_import_that_somebody_holds_is_left_alone() -> None:
    job = held_for(timedelta(seconds=90))
    assert jobs.claim(job_id=job.pk, states=ImportJob.AT_WORK) is None
