"""The site's own settings with clocks that a test can wait for.

The processes take everything else from their environment, as in production.
"""

from __future__ import annotations

from wordgen_site.settings import *  # noqa: F403

BATCH_LEASE_SECONDS = 2
BATCH_SLICE_SECONDS = 2
