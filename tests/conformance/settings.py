"""The site's settings, with a page that reports the resources that the process holds."""

from __future__ import annotations

from wordgen_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.conformance.urls"
