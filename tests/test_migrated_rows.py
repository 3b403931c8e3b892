"""What the migrations put into the database is there for every test, whatever ran before it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group


@pytest.fixture(scope="module")
def looked_at_afterwards(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Look at the tables once the database is behind the test: a fixture of the module ends after those of the test."""
    yield
    with django_db_blocker.unblock():
        assert Group.objects.filter(permissions__isnull=False).exists()
        assert not Group.objects.filter(name="Of a test").exists()


def test_they_stand_there_after_a_test_outside_a_transaction(
    looked_at_afterwards: None, transactional_db: None
) -> None:
    Group.objects.all().delete()
    Group.objects.create(name="Of a test")
