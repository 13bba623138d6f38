"""The queue between the processes of a cluster.

A process that waits in `multiprocessing.Queue.get` holds the queue's lock. If it is killed, nobody
releases the lock, and the cluster stands still. This queue waits without the lock.
"""

from __future__ import annotations

from contextlib import suppress
from queue import Empty
from typing import Any

from django_q.queues import Queue

from batches.cluster import heartbeat

# Another reader may have taken the message, or holds the lock to read one.
LOCK_SECONDS = 1.0


class TaskQueue(Queue):  # type: ignore[misc]
    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Wait for a message, and let the worker beat meanwhile."""
        if not block or timeout is not None:
            return super().get(block, timeout)
        heartbeat.beat()
        while True:
            if not self._reader.poll(heartbeat.INTERVAL_SECONDS):
                heartbeat.beat()
                continue
            # No beat here: a worker that cannot take what is there must not look alive.
            with suppress(Empty):
                return super().get(timeout=LOCK_SECONDS)
