"""The entry point of `manage.py` and of the command `wordgen`.

It replaces some of Django's tracebacks by a sentence.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from errno import EACCES, EEXIST, ENOSPC, ENOTDIR, EPERM, EROFS
from pathlib import Path

from wordgen_site import __version__
from wordgen_site.config.data_dir import unusable

NOT_SET_UP = (
    "The database is not set up for this version of the code: run `make setup` (`wordgen setup` if"
    " it was installed with pip), or `manage.py migrate` for the database alone."
)


# Other errors of files are faults of the program and keep their traceback.
NOT_WRITABLE = frozenset({EACCES, EEXIST, ENOSPC, ENOTDIR, EPERM, EROFS})

# These make the database and other files in the data folder, which are for this user alone.
PRIVATE_COMMANDS = frozenset({"setup", "migrate", "serve", "qcluster"})


def run() -> None:
    """The command `wordgen` of an installed package."""
    main(sys.argv)


def main(arguments: Sequence[str]) -> None:
    if arguments[1:] in (["version"], ["--version"]):  # Django would print its own
        sys.stdout.write(f"{__version__}\n")
        return
    if PRIVATE_COMMANDS.intersection(arguments[1:2]):
        os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wordgen_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        execute_from_command_line(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        if not reader_is_gone(sys.stdout.fileno()):
            raise  # the error is about another pipe or connection
        # For example `manage.py lint_wordlist es | head`. Discard the remaining output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except ImproperlyConfigured as error:  # it names the setting
        sys.exit(str(error))
    except OSError as error:
        if error.errno not in NOT_WRITABLE or not _is_in_data_dir(error.filename):
            raise
        sys.exit(unusable(error))
    except DatabaseError as error:
        if not is_not_set_up():
            raise
        sys.exit(f"{NOT_SET_UP} ({error})")


def _is_in_data_dir(path: object) -> bool:
    """Return whether a file that could not be used is in the data folder."""
    from django.conf import settings

    return isinstance(path, str) and Path(path).absolute().is_relative_to(
        Path(settings.DATA_DIR).absolute()
    )


def reader_is_gone(pipe: int) -> bool:
    poller = select.poll()
    poller.register(pipe, 0)
    return any(event & select.POLLERR for _, event in poller.poll(0))


def is_not_set_up() -> bool:
    """Return whether the database answers, but lacks migrations."""
    from django.db import DatabaseError

    from wordgen_site.config.pending_migrations import pending_migrations

    try:
        return bool(pending_migrations())
    except DatabaseError:
        return False  # that it does not answer is another error
