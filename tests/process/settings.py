"""The site's settings with shorter leases and slices, so that tests take seconds.

All other settings come from the environment, as in production.
"""

from __future__ import annotations

from wordgen_site.settings import *  # noqa: F403

BATCH_LEASE_SECONDS = 2
BATCH_SLICE_SECONDS = 2
