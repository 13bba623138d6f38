"""What answers requests here: kept with the results, so that they can be made again."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

from django.conf import settings

# The packages whose version can change a result.
VERSIONED = ("wordgen", "torch", "transformers")


def own_runtime() -> dict[str, Any]:
    """What an engine of this process answers with."""
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
