"""The seeds of jobs and items, which make results reproducible."""

from __future__ import annotations

import hashlib
import secrets

SEED_BITS = 63  # fits into a signed 64-bit column and into the integers of every client


def new_seed() -> int:
    """Return a random seed for a job."""
    return secrets.randbits(SEED_BITS)


def item_seed(job_seed: int, index: int) -> int:
    """Return the seed of an item, which does not depend on how the job is cut into slices.

    It is a hash because, with a sum, two jobs with neighbouring seeds would share nearly all item
    seeds.
    """
    digest = hashlib.sha256(f"{job_seed}:{index}".encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - SEED_BITS)
