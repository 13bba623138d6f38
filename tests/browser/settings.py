"""The tests' settings, with the database of one server process."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["BROWSER_DATABASE"]
