"""What makes a job's results reproducible: its seed, the items' seeds, what answered them."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from importlib import metadata
from typing import Any

from django.conf import settings

SEED_BITS = 63  # what a signed 64-bit column and every client's integers hold
# The packages whose version can change a result.
VERSIONED = ("wordgen", "torch", "transformers")


def new_seed() -> int:
    return secrets.randbits(SEED_BITS)


def item_seed(job_seed: int, index: int) -> int:
    """Return the seed of an item: the same however the job is cut into slices.

    A hash, not a sum: two jobs with neighbouring seeds would share all but one of their draws.
    """
    digest = hashlib.sha256(f"{job_seed}:{index}".encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - SEED_BITS)


def runtime() -> dict[str, Any]:
    """What this process answers with."""
    return {
        "model": settings.MODEL_NAME,
        "dtype": settings.DTYPE,
        "engine": settings.ENGINE,
        "constraint_engine": settings.CONSTRAINT_ENGINE,
        "versions": _versions(),
    }


@cache
def _versions() -> dict[str, str]:
    """Read from the packages' metadata: importing torch would take seconds."""
    return {name: version for name in VERSIONED if (version := _version(name))}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
