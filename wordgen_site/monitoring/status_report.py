"""The state of a whole installation, for `manage.py status`.

The figures of jobs and workers are those of /metrics. The model is in another process, so its state
comes from the web server's health check.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Any

import httpx2
import psutil
from django.conf import settings

from batches.job_metrics import BatchCollector
from generation.monitoring.engine_metrics import PREFIX
from wordgen_site import __version__
from wordgen_site.monitoring.readiness import Problem, storage_problem

# A job's results and a backup need more than this.
LOW_DISK_BYTES = 500 * 1024 * 1024
LOW_MEMORY_BYTES = 200 * 1024 * 1024
SERVER_SECONDS = 10.0


def status_report(address: str) -> dict[str, Any]:
    """Return the figures, and under `problems` what needs a person; it is empty if all is well.

    address: Of the web server.
    """
    storage = storage_problem()
    problems = [] if storage is None else [storage]
    server = _server(address)
    if server["status"] in ("unreachable", "unavailable"):
        problems.append(Problem("server", f"{address}: {server.get('detail')}"))
    # Without the tables there are no figures.
    figures = {} if storage and storage.reason in ("database", "migrations") else _figures()
    if figures and not figures.get("batch_workers"):
        problems.append(Problem("workers", "No batch worker gives a sign of life."))
    disk = shutil.disk_usage(settings.DATA_DIR)
    if disk.free < LOW_DISK_BYTES:
        problems.append(Problem("disk space", f"{disk.free >> 20} MB are free."))
    memory = psutil.virtual_memory()
    if memory.available < LOW_MEMORY_BYTES:
        problems.append(Problem("memory", f"{memory.available >> 20} MB are available."))
    return {
        "version": __version__,
        "model": settings.SERVED_MODEL_NAME,
        "server": {"url": address, **server},
        "workers": {
            "alive": int(figures.get("batch_workers", 0)),
            "heartbeat_age_seconds": figures.get("batch_worker_heartbeat_age_seconds"),
        },
        "queue": {
            "jobs": _by_label(figures, "batch_jobs"),
            "paused": int(figures.get("batch_jobs_paused", 0)),
            "items_pending": int(figures.get("batch_items_pending", 0)),
            "oldest_waiting_seconds": figures.get("batch_oldest_waiting_seconds", 0.0),
        },
        "leases": {
            "held": int(figures.get("batch_leases", 0)),
            "expired": int(figures.get("batch_leases_expired", 0)),
            "oldest_seconds": figures.get("batch_oldest_lease_seconds", 0.0),
        },
        "disk": {
            "path": str(settings.DATA_DIR),
            "free_bytes": disk.free,
            "total_bytes": disk.total,
        },
        "memory": {"available_bytes": memory.available, "total_bytes": memory.total},
        "problems": [asdict(problem) for problem in problems],
    }


def _server(address: str) -> dict[str, str]:
    """Return what /health/ready of the web server says."""
    try:
        answer = httpx2.get(f"{address}/health/ready", timeout=SERVER_SECONDS)
        body: dict[str, str] = answer.json()
    except httpx2.HTTPError as error:
        return {"status": "unreachable", "detail": str(error) or type(error).__name__}
    except ValueError:
        body = {}
    if "status" not in body:  # another server, or one that does not know this name of the host
        return {"status": "unreachable", "detail": f"It answered {answer.status_code}."}
    return body


def _figures() -> dict[str, float]:
    """Return the figures of /metrics without their prefix; a label is in brackets."""
    figures = {}
    for metric in BatchCollector().collect():
        for sample in metric.samples:
            label = "".join(f"[{value}]" for value in sample.labels.values())
            figures[sample.name.removeprefix(f"{PREFIX}_") + label] = sample.value
    return figures


def _by_label(figures: dict[str, float], name: str) -> dict[str, int]:
    return {
        key.removeprefix(f"{name}[").removesuffix("]"): int(value)
        for key, value in figures.items()
        if key.startswith(f"{name}[") and value
    }
