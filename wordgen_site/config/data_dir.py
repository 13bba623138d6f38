"""The data folder is for this user alone: its database has sessions, prompts and replies.

`protect` mends the modes when the server starts. The system check reports what is open.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

FOLDER_MODE, FILE_MODE = 0o700, 0o600
OTHERS = 0o077
MAY_ENTER = 0o011
# What this project puts into the folder. An operator may have put other files there.
NAMES = ("secret_key", "cache", "engine", "models")
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def protect(data_dir: Path, databases: dict[str, Any]) -> None:
    """Close the folder and the SQLite file to other users.

    Raises OSError if the folder cannot be made. A mode that cannot be changed is left as it is.
    """
    data_dir.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for path in open_to_others(data_dir, databases):
        try:
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
        except OSError:
            continue  # another user's; `manage.py check` reports it


def open_to_others(data_dir: Path, databases: dict[str, Any]) -> list[Path]:
    """Return the parts whose modes let other users read or change them."""
    own = [data_dir / name for name in NAMES]
    database = databases["default"]
    if database["ENGINE"].endswith("sqlite3"):
        own += [Path(f"{database['NAME']}{suffix}") for suffix in SQLITE_SUFFIXES]
    own = [path for path in own if not path.is_symlink()]  # the operator put it elsewhere
    if not is_shared(data_dir):
        own.insert(0, data_dir)
    return [path for path in own if _mode(path) & OTHERS]


def unusable(error: OSError) -> str:
    """Return a message for the operator about a file in the folder that cannot be used."""
    return (
        f"The data folder cannot be used: {error.strerror}: {error.filename}."
        " Set DATA_DIR to a folder that this user can write to."
    )


def reachable(paths: list[Path]) -> list[Path]:
    """Return those that other users get to: they may enter every folder on the way."""
    return [
        path for path in paths if all(_mode(each) & MAY_ENTER for each in path.resolve().parents)
    ]


def _mode(path: Path) -> int:
    """Return the mode; 0 if there is nothing."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def is_shared(data_dir: Path) -> bool:
    """Return whether other things than this project's are at home there, such as in /tmp."""
    project = Path(__file__).resolve().parents[2]
    shared = {Path("/"), Path.home(), project, *project.parents}
    return bool(_mode(data_dir) & stat.S_ISVTX) or data_dir.resolve() in shared
