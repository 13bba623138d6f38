"""The sign of life of a worker process, from the worker itself.

A cluster whose worker cannot take a message any more looks alive: its other processes run. The
worker therefore beats when it waits for a message and in each step of a slice. The main process of
the cluster reads the beat from shared memory, so neither a full disk nor a changed clock matters
there. The metrics read it from the cache, which all processes of an installation share.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import time
from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django_q.conf import Conf
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute

INTERVAL_SECONDS = 5.0
# Silence after which a worker counts as dead. A task has its own time limit, which django-q2
# enforces: only beyond it something is wrong.
WAITING_SECONDS = 60.0
BUSY_SECONDS = Conf.TIMEOUT + WAITING_SECONDS

# Time of `time.monotonic`, which is the same clock in all processes of a machine.
_alive_until: Any = None
_is_worker = _is_busy = False
_stored_at = 0.0


def start() -> None:
    """Called in the cluster's main process before it forks."""
    global _alive_until
    _alive_until = multiprocessing.RawValue("d", time.monotonic() + WAITING_SECONDS)
    post_spawn.connect(_on_spawn)
    pre_execute.connect(_on_task)
    post_execute_in_worker.connect(_on_task_end)


def is_overdue() -> bool:
    """True if the cluster's worker has not beaten for too long."""
    return time.monotonic() > float(_alive_until.value)


def beat() -> None:
    """Say that this worker is alive. Does nothing in other processes."""
    global _stored_at
    if not _is_worker:
        return
    now = time.monotonic()
    silence = BUSY_SECONDS if _is_busy else WAITING_SECONDS
    if _alive_until is not None:
        _alive_until.value = now + silence
    if now - _stored_at >= INTERVAL_SECONDS:
        _stored_at = now
        with suppress(Exception):  # only the metrics miss it if the cache cannot be written
            cache.set(_key(socket.gethostname(), os.getpid()), time.time(), silence)


def last_beat(host: str, pid: int) -> float | None:
    """Return when a worker last stored a beat, in seconds since 1970; None if it is silent."""
    stored: float | None = cache.get(_key(host, pid))
    return stored


def _key(host: str, pid: int) -> str:
    return f"wordgen-worker:{host}:{pid}"


def _on_spawn(**kwargs: object) -> None:
    global _is_worker
    _is_worker = True
    beat()


def _on_task(**kwargs: object) -> None:
    global _is_busy
    _is_busy = True
    beat()


def _on_task_end(**kwargs: object) -> None:
    global _is_busy
    _is_busy = False
    beat()
