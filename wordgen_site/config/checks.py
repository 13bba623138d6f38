"""System checks for settings that would otherwise fail late or silently."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register  # noqa: A004

from generation.serving.engine_provider import engine_health
from wordgen_site.backup.errors import BackupError
from wordgen_site.backup.sqlite_database import SqliteDatabase
from wordgen_site.config.data_dir import open_to_others, reachable

PUBLIC_HOSTS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104
# Wrong keys are not limited by address: one client with an old key would shut out all others behind
# the same router.
MIN_TOKEN_CHARS = 20


@register
def queue_timings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """django-q2 counts `retry` from the time a message leaves the queue.

    After that it can still wait for `queue_limit` messages and one in the pipe, each of which takes
    up to `timeout`.
    """
    cluster: dict[str, Any] = settings.Q_CLUSTER
    timeout = cluster.get("timeout")
    if not isinstance(timeout, int):
        return [
            Error(
                "Q_CLUSTER['timeout'] must be a whole number.",
                hint="With None, every worker crashes before its task starts; -1 means no limit.",
                id="wordgen.E001",
            )
        ]
    safe = (cluster["queue_limit"] + 2) * timeout
    if cluster["retry"] < safe:
        return [
            Error(
                f"Q_CLUSTER['retry'] is {cluster['retry']}, below {safe}.",
                hint="Set it to (queue_limit + 2) x timeout, otherwise tasks can run twice.",
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


# Settings of the prototype that have no effect here, and the reason.
WITHOUT_EFFECT = {
    "TOKENIZER_PADDING_SIDE": "prompts are not padded",
    "PAD_TO_MULTIPLE_OF": "prompts are not padded",
    "STATIC_KV_CACHE": "the cache grows with the text",
    "PREBUILD_PREFIX": "PREBUILD_LANGS names wordlists by their slugs",
    "BATCH_JOB_PIPELINE_SIZE": "BATCH_SLICE_SECONDS and BATCH_SLICE_ITEMS set a worker's slice",
    "BATCH_JOB_TEMP_DIR": "jobs are stored in the database",
    "GENERATION_MAX_CONCURRENCY": "ENGINE_MAX_QUEUE limits the waiting requests",
}


@register
def settings_without_effect(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Warning(f"{name} has no effect: {reason}.", hint="Remove it.", id="wordgen.W002")
        for name, reason in WITHOUT_EFFECT.items()
        if os.environ.get(name)
    ]


@register
def public_host_needs_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    local = {"localhost", "127.0.0.1", "[::1]", settings.HOST}
    if settings.HOST in PUBLIC_HOSTS and set(settings.ALLOWED_HOSTS) <= local:
        return [
            Warning(
                f"HOST={settings.HOST} accepts connections from the network, but only local names"
                " are allowed.",
                hint="Set ALLOWED_HOSTS to the names and addresses that clients use.",
                id="wordgen.W001",
            )
        ]
    return []


@register
def engine_key_is_sent_unencrypted(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    address = urlsplit(settings.ENGINE_URL)
    host = address.hostname or ""
    if address.scheme == "http" and host != settings.HOST and not is_loopback(host):
        return [
            Warning(
                f"With ENGINE_URL={settings.ENGINE_URL}, ENGINE_KEY and all prompts cross the"
                " network without encryption.",
                hint="Use https or a tunnel to this machine.",
                id="wordgen.W003",
            )
        ]
    return []


@register
def given_token_is_short(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.SECRET_TOKEN or len(settings.SECRET_TOKEN) >= MIN_TOKEN_CHARS:
        return []
    return [
        Warning(
            f"SECRET_TOKEN has {len(settings.SECRET_TOKEN)} characters: a key this short can be"
            " guessed, because any number of keys may be tried.",
            hint=f"Use at least {MIN_TOKEN_CHARS} random characters, or leave it out, and"
            " `manage.py setup` makes a key.",
            id="wordgen.W006",
        )
    ]


@register
def data_is_open_to_others(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    paths = reachable(open_to_others(settings.DATA_DIR, settings.DATABASES))
    if not paths:
        return []
    return [
        Warning(
            "Other users of this machine can read " + ", ".join(map(str, paths)) + ".",
            hint="The next start of the server mends this if the files belong to its user;"
            " otherwise use chmod 700 for folders and chmod 600 for files.",
            id="wordgen.W005",
        )
    ]


@register
def redirect_needs_the_proxy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.SECURE_SSL_REDIRECT or settings.SECURE_PROXY_SSL_HEADER:
        return []
    return [
        Error(
            "SECURE_SSL_REDIRECT without BEHIND_HTTPS_PROXY redirects every request to itself.",
            hint="Set BEHIND_HTTPS_PROXY=true if the proxy sets X-Forwarded-Proto.",
            id="wordgen.E004",
        )
    ]


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@register(deploy=True)
def database_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Only with --deploy, because it reads the whole file."""
    config = settings.DATABASES["default"]
    path = str(config["NAME"])
    if not config["ENGINE"].endswith("sqlite3") or not os.path.isfile(path):
        return []
    advice = Info(
        "Back up with `manage.py backup`: a copy of DATA_DIR (by cp, rsync or tar) that is made"
        " while the server runs can be damaged.",
        id="wordgen.I010",
    )
    try:
        SqliteDatabase(config).check(Path(path))
    except BackupError as error:
        hint = "Restore a backup into an empty place. A copy of a running folder gets like this."
        return [advice, Error(f"{path}: {error}.", hint=hint, id="wordgen.E010")]
    return [advice]


@register(deploy=True)
def remote_engine_answers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Only with --deploy, because it sends a request. Every command runs the other checks."""
    if not settings.ENGINE_URL:
        return []
    health = engine_health()
    if health.is_good:
        return []
    return [Warning(f"Engine {health.state}: {health.detail}", id="wordgen.W004")]
