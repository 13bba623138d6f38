"""Ask a worker to look for work: the only message that the task queue carries."""

from __future__ import annotations

from django_q.tasks import async_task

# Queued messages and schedules contain this path, so it must not change.
ADVANCE = "batches.tasks.advance"


def nudge() -> None:
    """Enqueue a message that makes a worker look for work.

    Inside a transaction, the message becomes visible with the commit.
    """
    async_task(ADVANCE, q_options={"save": False})
