"""Setting Django up stays quick: nothing that takes seconds to import is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings as django_settings

ROOT = Path(django_settings.BASE_DIR)
HEAVY = ["torch", "transformers", "accelerate", "lmformatenforcer", "gguf"]


def test_setting_django_up_loads_nothing_heavy() -> None:
    code = f"""
import sys
import django
django.setup()
import wordgen_site.urls, wordgen_site.asgi, wordgen_site.admin, batches.tasks
import generation.management.commands.warmup
loaded = [name for name in {HEAVY} if name in sys.modules]
sys.exit(f"loaded: {{loaded}}" if loaded else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
