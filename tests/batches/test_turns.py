"""Which job is next: the owners of jobs take turns."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from batches.models import BatchJob
from batches.worker.lease import Lease
from batches.worker.outcomes import request_of
from tests.batches.factories import stored_job

pytestmark = pytest.mark.django_db


def next_job() -> BatchJob:
    """Claim a job and release it again, as a slice does."""
    lease = Lease.claim()
    assert lease is not None
    lease.release()
    return lease.job


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("eva")


def test_the_only_job_of_an_owner_has_every_second_slice(user: User, other: User) -> None:
    many = [stored_job(user, 1) for _ in range(10)]
    served = [next_job() for _ in range(3)]
    assert served == many[:3]
    one = stored_job(other, 1)
    served = [next_job() for _ in range(8)]
    assert served[::2] == [one] * 4
    assert served[1::2] == many[3:7]


def test_the_turn_of_an_owner_counts_jobs_that_have_ended(user: User, other: User) -> None:
    """Otherwise an owner who sends one small job after the other goes first each time."""
    ended = stored_job(user, 1)
    now = timezone.now()
    BatchJob.objects.filter(pk=ended.pk).update(
        status=BatchJob.Status.COMPLETED, served_at=now, finished_at=now
    )
    waiting = stored_job(other, 1)
    BatchJob.objects.filter(pk=waiting.pk).update(served_at=now - dt.timedelta(seconds=15))
    new = stored_job(user, 1)
    assert [next_job() for _ in range(3)] == [waiting, new, waiting]


def test_a_higher_priority_goes_before_the_turn_of_an_owner(user: User, other: User) -> None:
    urgent = stored_job(user, 1, priority=1)
    stored_job(other, 1)
    assert [next_job() for _ in range(3)] == [urgent] * 3


def test_an_item_names_its_owner_to_the_engine(user: User) -> None:
    job = stored_job(user, 1)
    assert request_of(job, job.items.get()).owner == str(user.pk)
