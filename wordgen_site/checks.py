"""System checks for settings that would otherwise fail late or in silence."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

PUBLIC_HOSTS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104


@register
def queue_timings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """django-q2 counts `retry` from the moment a message leaves the queue, while it may still
    wait behind `queue_limit` others and one in the pipe, each up to `timeout` long.
    """
    cluster: dict[str, Any] = settings.Q_CLUSTER
    timeout = cluster.get("timeout")
    if not isinstance(timeout, int):
        return [
            Error(
                "Q_CLUSTER['timeout'] must be a whole number.",
                hint="None makes every worker crash before its task starts; -1 means no limit.",
                id="wordgen.E001",
            )
        ]
    safe = (cluster["queue_limit"] + 2) * timeout
    if cluster["retry"] < safe:
        return [
            Error(
                f"Q_CLUSTER['retry'] is {cluster['retry']}, below {safe}.",
                hint="Set it to (queue_limit + 2) x timeout or tasks can run twice.",
                id="wordgen.E002",
            )
        ]
    return []


@register
def slices_fit_the_timeout(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    timeout: Any = settings.Q_CLUSTER["timeout"]
    if isinstance(timeout, int) and 0 <= timeout < 4 * settings.BATCH_SLICE_SECONDS:
        return [
            Error(
                f"BATCH_SLICE_SECONDS={settings.BATCH_SLICE_SECONDS} is too close to the worker's"
                f" hard limit of {timeout} seconds.",
                hint="Use at most a quarter of the limit.",
                id="wordgen.E003",
            )
        ]
    return []


@register
def public_host_needs_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    local = {"localhost", "127.0.0.1", "[::1]", settings.HOST}
    if settings.HOST in PUBLIC_HOSTS and set(settings.ALLOWED_HOSTS) <= local:
        return [
            Warning(
                f"HOST={settings.HOST} listens to the network, but only local names are allowed.",
                hint="Set ALLOWED_HOSTS to the names and addresses that clients use.",
                id="wordgen.W001",
            )
        ]
    return []
