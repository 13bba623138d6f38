"""Run a batch worker: django-q2's command, with a cluster that is watched."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import CommandError
from django_q.management.commands.qcluster import Command as DjangoQCommand

from batches.cluster.watched_cluster import ClusterEnded, WatchedCluster


class Command(DjangoQCommand):  # type: ignore[misc]
    help = "Run a batch worker until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        if name := options.get("cluster_name"):
            os.environ["Q_CLUSTER_NAME"] = name
        try:
            WatchedCluster().run(once=options.get("run_once", False))
        except ClusterEnded as error:
            raise CommandError(str(error)) from None
