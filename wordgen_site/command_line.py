"""What `manage.py` adds to Django's commands: an end in plain words where they have a traceback."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence

NOT_SET_UP = (
    "The database has not been set up for this version of the code: run `make setup`,"
    " or `manage.py migrate` to keep everything else as it is."
)


def main(arguments: Sequence[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wordgen_site.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        execute_from_command_line(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        if not nobody_reads(sys.stdout.fileno()):
            raise  # it was another pipe or connection
        # `manage.py lint_wordlist es | head`. What is left to write goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except DatabaseError as error:
        if not _is_not_set_up():
            raise
        sys.exit(f"{NOT_SET_UP} ({error})")


def nobody_reads(pipe: int) -> bool:
    poller = select.poll()
    poller.register(pipe, 0)
    return any(event & select.POLLERR for _, event in poller.poll(0))


def _is_not_set_up() -> bool:
    from django.db import DatabaseError

    from wordgen_site.config.pending_migrations import are_migrations_pending

    try:
        return are_migrations_pending()
    except DatabaseError:
        return False  # it does not answer at all, as the first error says
