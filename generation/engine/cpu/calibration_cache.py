"""What was measured of a model on this machine, kept in a file so that it is measured once."""

from __future__ import annotations

import json
import logging
import os
import platform
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger(__name__)


def key_for(measurement: int, subject: str) -> str:
    """subject: what was measured. measurement: raised when other things are, so that what was kept
    before does not count.
    """
    return f"{measurement} {subject} {processor()} {os.cpu_count()} torch-{torch.__version__}"


def processor() -> str:
    """The processor's name, as far as it is known."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def read(store: Path | None) -> dict[str, Any]:
    """What cannot be read is measured again."""
    if store is None:
        return {}
    try:
        found = json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(store: Path | None, found: dict[str, Any]) -> None:
    if store is None:
        return
    draft = store.with_suffix(f".{os.getpid()}")
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(found, indent=1), encoding="utf-8")
        draft.replace(store)  # another process reads the old one or the new one
    except OSError as error:
        logger.warning("a measurement is not kept: %s", error)
