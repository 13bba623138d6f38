"""Prometheus metrics of batch jobs, read from the database. All processes report the same."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count, F, Min, Q, Sum
from django.utils import timezone
from django_q.status import Stat
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from batches.cluster.heartbeat import last_beat
from batches.models import BatchJob
from generation.monitoring.engine_metrics import PREFIX, gauge

logger = logging.getLogger(__name__)


class BatchCollector(Collector):
    """Reads the metrics at each scrape. If the database fails, it reports `database_up` 0."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            metrics = [*_jobs(), *_items(), *_leases()]
        except DatabaseError:
            yield gauge("database_up", "1 if the database answers.", 0)
            return
        yield gauge("database_up", "1 if the database answers.", 1)
        yield from metrics
        yield from _workers()


def _jobs() -> Iterator[Metric]:
    family = GaugeMetricFamily(
        f"{PREFIX}_batch_jobs", "Batch jobs, by OpenAI's status.", labels=["status"]
    )
    counts = dict(BatchJob.objects.order_by().values_list("status").annotate(number=Count("pk")))
    for status in BatchJob.Status.values:
        family.add_metric([status], counts.get(status, 0))
    yield family
    paused = BatchJob.objects.open().exclude(paused_at=None).count()
    yield gauge("batch_jobs_paused", "Open jobs that are paused.", paused)


def _items() -> Iterator[Metric]:
    """Report the totals of the jobs' own counters, because there can be millions of items."""
    done = F("succeeded_count") + F("failed_count") + F("cancelled_count")
    pending = BatchJob.objects.open().aggregate(number=Sum(F("total") - done))["number"]
    yield gauge("batch_items_pending", "Items of open jobs without an outcome.", pending or 0)
    family = GaugeMetricFamily(
        f"{PREFIX}_batch_items_done", "Items with an outcome, of all jobs.", labels=["outcome"]
    )
    outcomes = BatchJob.objects.aggregate(
        succeeded=Sum("succeeded_count"),
        failed=Sum("failed_count"),
        cancelled=Sum("cancelled_count"),
    )
    for outcome, number in outcomes.items():
        family.add_metric([outcome], number or 0)
    yield family


def _leases() -> Iterator[Metric]:
    now = timezone.now()
    held = BatchJob.objects.open().exclude(lease_owner="")
    valid = held.filter(lease_expires_at__gte=now)
    yield gauge("batch_leases", "Jobs with a valid lease.", valid.count())
    yield gauge(
        "batch_leases_expired",
        "Jobs whose lease has expired and that no other worker has claimed yet.",
        held.filter(lease_expires_at__lt=now).count(),
    )
    oldest = valid.aggregate(since=Min("served_at"))["since"]
    yield gauge(
        "batch_oldest_lease_seconds",
        "Seconds since the oldest valid lease was taken.",
        (now - oldest).total_seconds() if oldest else 0.0,
    )
    waiting = BatchJob.objects.waiting().aggregate(
        served=Min("served_at"), created=Min("created_at", filter=Q(served_at=None))
    )
    since = min((moment for moment in waiting.values() if moment), default=None)
    yield gauge(
        "batch_oldest_waiting_seconds",
        "Seconds since the longest waiting job was submitted or had its last slice.",
        (now - since).total_seconds() if since else 0.0,
    )


def _workers() -> Iterator[Metric]:
    """Report the workers of all clusters that give a sign of life.

    A cluster names its workers in the cache; the beats come from the workers themselves. Both
    expire some time after the cluster has ended.
    """
    try:
        pids = [(cluster.host, pid) for cluster in Stat.get_all() for pid in cluster.workers]
        beats = [beat for host, pid in pids if (beat := last_beat(host, pid)) is not None]
    except Exception:  # any error of the cache backend; the other metrics are still valid
        logger.warning("cannot read the state of the workers from the cache", exc_info=True)
        return
    yield gauge("batch_workers", "Worker processes that are alive.", len(beats))
    if beats:
        yield gauge(
            "batch_worker_heartbeat_age_seconds",
            "Seconds since the last heartbeat of a worker. Absent if no worker is alive.",
            max(time.time() - max(beats), 0.0),
        )
