"""The secret key of an installation. It is made on the first start and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from wordgen_site.config.data_dir import FOLDER_MODE, unusable

FILE_NAME = "secret_key"


def read_or_create_secret_key(data_dir: Path) -> str:
    """Return the key in `data_dir`; the first call makes it.

    Two processes may start at the same time. Therefore the file gets its final name when it is
    complete, and the second process reads the key of the first one.
    Raises ImproperlyConfigured if the folder cannot be written to.
    """
    try:
        return _read_or_create(data_dir)
    except OSError as error:
        raise ImproperlyConfigured(unusable(error)) from error


def _read_or_create(data_dir: Path) -> str:
    path = data_dir / FILE_NAME
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    data_dir.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    draft = data_dir / f".{FILE_NAME}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50) + "\n")
        with suppress(FileExistsError):  # another process was faster; its key is used
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()
