"""`python -m wordgen_site COMMAND` is `manage.py COMMAND`, also without a clone."""

from __future__ import annotations

from wordgen_site.command_line import run

run()
