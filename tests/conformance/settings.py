"""The site's own settings, and a page that tells what the process holds."""

from __future__ import annotations

from wordgen_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.conformance.urls"
