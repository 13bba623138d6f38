"""django-q2's scheduler, which also works after the clock was set back.

A schedule stores when it runs next. If the clock is then set back by two days, it would not run for
two days, and no lost job would be found.
"""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.utils import timezone
from django_q.brokers import Broker
from django_q.models import Schedule
from django_q.scheduler import scheduler as django_q_scheduler
from django_q.utils import close_old_django_connections

logger = logging.getLogger(__name__)

# Types without an interval from one run to the next.
NOT_REGULAR = (Schedule.ONCE, Schedule.CRON)


def scheduler(broker: Broker | None = None) -> None:
    """Called by the sentinel every 30 seconds of a clock that is never set."""
    close_old_django_connections()
    try:
        bring_forward()
    except DatabaseError as error:
        logger.error("cannot check the schedules: %s", error)
    django_q_scheduler(broker=broker)


def bring_forward() -> None:
    """Let every schedule run now whose next run is further away than its interval."""
    now = timezone.now()
    for schedule in Schedule.objects.filter(next_run__gt=now).exclude(
        schedule_type__in=NOT_REGULAR
    ):
        if schedule.next_run > schedule.calculate_next_run(now):
            unchanged = Schedule.objects.filter(pk=schedule.pk, next_run=schedule.next_run)
            if unchanged.update(next_run=now):
                logger.warning("the clock was set back; schedule %s runs now", schedule.name)
