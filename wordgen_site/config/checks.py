"""System checks for settings that would otherwise fail late or in silence."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from generation.serving.engine_provider import engine_health

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


# Settings of the prototype's that have nothing to set here, and why.
NEEDLESS = {
    "TOKENIZER_PADDING_SIDE": "prompts are not padded",
    "PAD_TO_MULTIPLE_OF": "prompts are not padded",
    "STATIC_KV_CACHE": "the cache grows with the text",
    "PREBUILD_PREFIX": "PREBUILD_LANGS names wordlists by their slugs",
    "BATCH_JOB_PIPELINE_SIZE": "BATCH_SLICE_SECONDS and BATCH_SLICE_ITEMS shape a worker's turn",
    "BATCH_JOB_TEMP_DIR": "jobs live in the database",
    "GENERATION_MAX_CONCURRENCY": "ENGINE_MAX_QUEUE bounds what waits",
}


@register
def settings_without_effect(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Warning(f"{name} has no effect: {reason}.", hint="Remove it.", id="wordgen.W002")
        for name, reason in NEEDLESS.items()
        if os.environ.get(name)
    ]


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


@register
def engine_key_travels_in_the_open(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    address = urlsplit(settings.ENGINE_URL)
    host = address.hostname or ""
    if address.scheme == "http" and host != settings.HOST and not is_loopback(host):
        return [
            Warning(
                f"ENGINE_URL={settings.ENGINE_URL} sends ENGINE_KEY and all prompts over the"
                " network as they are.",
                hint="Use https, or a tunnel that ends on this machine.",
                id="wordgen.W003",
            )
        ]
    return []


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@register(deploy=True)
def other_engine_can_answer(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """With --deploy only: it asks over the network, and every command runs the others."""
    if not settings.ENGINE_URL:
        return []
    health = engine_health()
    if health.is_good:
        return []
    return [Warning(f"Engine {health.state}: {health.detail}", id="wordgen.W004")]
