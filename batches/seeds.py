"""What makes a job's results reproducible: its seed and the items' seeds."""

from __future__ import annotations

import hashlib
import secrets

SEED_BITS = 63  # what a signed 64-bit column and every client's integers hold


def new_seed() -> int:
    return secrets.randbits(SEED_BITS)


def item_seed(job_seed: int, index: int) -> int:
    """Return the seed of an item: the same however the job is cut into slices.

    A hash, not a sum: two jobs with neighbouring seeds would share all but one of their draws.
    """
    digest = hashlib.sha256(f"{job_seed}:{index}".encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - SEED_BITS)
