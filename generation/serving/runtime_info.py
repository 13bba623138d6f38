"""The model and versions behind a result: stored with it, so that it can be repeated."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

from django.conf import settings

# Packages whose version can change a result.
VERSIONED = ("torch", "transformers")


def own_runtime() -> dict[str, Any]:
    """The runtime of an engine in this process."""
    return {
        "model": settings.MODEL_NAME,
        "dtype": settings.DTYPE,
        "engine": settings.ENGINE,
        "constraint_engine": settings.CONSTRAINT_ENGINE,
        "versions": _versions(),
    }


@cache
def _versions() -> dict[str, str]:
    """Reads the packages' metadata, because importing torch takes seconds."""
    packages = {name: version for name in VERSIONED if (version := _version(name))}
    return {"wordgen": settings.VERSION, **packages}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
