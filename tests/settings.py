"""The project's settings without the `.env` and the data folder of the machine."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
# Each checkout and each xdist worker has a folder of its own, so that they share no cache.
_RUN = f"{zlib.crc32(bytes(_ROOT)):08x}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
_DATA = Path(tempfile.gettempdir()) / f"wordgen-tests-{os.getuid()}" / _RUN
_DATA.mkdir(parents=True, exist_ok=True)
_DATA.chmod(0o700)  # an earlier version may have left it open

for _name in list(os.environ):
    if _name in {"HOST", "PORT", "DATABASE_URL", "SECRET_TOKEN", "ADMIN_PASSWORD", "MODEL_NAME"}:
        del os.environ[_name]
os.environ["ENV_FILE"] = os.devnull
os.environ["DATA_DIR"] = str(_DATA)
# The converted model has half a gigabyte, so `make serve` uses the same.
os.environ.setdefault("MODELS_DIR", str(_ROOT / "data" / "models"))
os.environ["ENGINE"] = "scripted"

from wordgen_site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
