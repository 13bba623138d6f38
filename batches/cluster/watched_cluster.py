"""A django-q2 cluster that ends as a whole, and that ends when it stands still.

Changes to django-q2's cluster:

- Its processes end with the process that started them (`parent_death`).
- The main process stays in charge: it ends with an error if the sentinel was killed or if the
  worker gives no sign of life (`heartbeat`). A supervisor then starts another cluster.
- A closed terminal (SIGHUP) stops it like SIGTERM.
- Its schedules run also after the clock was set back (`schedules`).
- Its queues survive the death of a process that waits for a message (`task_queue`).
"""

from __future__ import annotations

import logging
import os
import signal
import time

import psutil
from django_q import cluster as django_q_cluster
from django_q.cluster import Cluster

from batches.cluster import heartbeat
from batches.cluster.parent_death import let_forks_end_with_their_parent
from batches.cluster.schedules import scheduler
from batches.cluster.task_queue import TaskQueue

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# Time that an overdue worker gets, because after a pause of the whole machine all are overdue.
GRACE_SECONDS = 5.0


class ClusterEnded(Exception):
    """The cluster did not end in order. The message says what happened."""


class WatchedCluster(Cluster):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        # Under nohup the signal is ignored, and must stay so.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self.sig_handler)

    def run(self, *, once: bool = False) -> None:
        """Start the cluster and wait until it has been stopped. Raises ClusterEnded.

        once: Stop it as soon as it has started.
        """
        django_q_cluster.Queue = TaskQueue
        django_q_cluster.scheduler = scheduler
        heartbeat.start()
        let_forks_end_with_their_parent()
        # A terminal that is closed signals all processes, but only this one may decide to end.
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.start()
        if once:
            self.stop()
        self._wait()

    def stop(self) -> bool:
        """Stop the cluster and wait for its end. Raises ClusterEnded."""
        if not self.sentinel.is_alive():
            return False
        logger.info("Q Cluster %s stopping.", self.name)
        self.stop_event.set()  # type: ignore[has-type]
        self._wait()
        logger.info("Q Cluster %s has stopped.", self.name)
        self.start_event = None
        self.stop_event = None
        return True

    def _wait(self) -> None:
        """Wait for the sentinel's end."""
        overdue_since = None
        while self.sentinel.is_alive():
            self.sentinel.join(LOOK_SECONDS)
            if not heartbeat.is_overdue():
                overdue_since = None
            elif overdue_since is None:
                overdue_since = time.monotonic()
            elif time.monotonic() - overdue_since > GRACE_SECONDS:
                self._kill()
                raise ClusterEnded(
                    "The batch worker gives no sign of life; its processes are ended."
                )
        if self.sentinel.exitcode:
            raise ClusterEnded(f"The cluster's sentinel ended with {self.sentinel.exitcode}.")

    def _kill(self) -> None:
        """SIGKILL, because a process that stands still may not take another signal."""
        sentinel = psutil.Process(self.sentinel.pid)
        for process in [*sentinel.children(recursive=True), sentinel]:
            process.kill()
        self.sentinel.join()
