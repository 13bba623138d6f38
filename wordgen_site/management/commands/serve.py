"""Run the web server (daphne) and a batch worker (django-q2), until Ctrl-C.

The worker uses the engine of the web server, with a key that is made here. Therefore it starts
after the web server and ends before it. The children have their own sessions. Otherwise Ctrl-C
would reach every process of the terminal, and the worker would die in the middle of an item. They
end with this process, also if it is killed.
"""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any
from urllib.request import urlopen

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from batches.cluster.parent_death import end_with
from wordgen_site.command_line import NOT_SET_UP, is_not_set_up
from wordgen_site.config.addresses import browsable

SERVER = "wordgen_site.asgi:application"
POLL_SECONDS = 0.2
START_SECONDS = 60.0
STOP_SECONDS = 120.0
# A worker that ends unexpectedly is started again, up to this number of times in this time.
MAX_RESTARTS = 3
RESTART_WINDOW_SECONDS = 600.0

Child = subprocess.Popen[bytes]
Children = dict[str, Child]


class Command(BaseCommand):
    help = "Run the web server and the batch worker until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-worker", action="store_true", help="Run the web server only.")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        check_port(host, port)
        if is_not_set_up():
            raise CommandError(NOT_SET_UP)
        connections.close_all()  # the children have their own
        signals = threading.Semaphore(0)

        def on_signal(number: int, frame: FrameType | None) -> None:
            signals.release()

        signal.signal(signal.SIGINT, on_signal)
        signal.signal(signal.SIGTERM, on_signal)
        # A terminal was closed. Under nohup the signal is ignored, and must stay so.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, on_signal)
        environments = environments_for(host, port)
        children = {"web server": start_web(host, port, environments["web server"])}
        try:
            died = self._wait_until_up(host, port, children, signals)
            if died is None:
                if not options["no_worker"]:
                    children["worker"] = start_worker(environments["worker"])
                died = self._wait_for_end(children, signals, environments["worker"])
        finally:
            self._stop(children, signals)
        if died:
            raise CommandError(f"The {died} ended unexpectedly; see the log above.")

    def _say(self, line: str) -> None:
        """Print and flush. Python buffers output to a file or a journal."""
        with suppress(OSError):  # the terminal may be gone
            self.stdout.write(line)
            self.stdout.flush()

    def _wait_until_up(
        self, host: str, port: int, children: Children, signals: threading.Semaphore
    ) -> str | None:
        """Print the address when the server answers.

        Returns the name of a child that ended instead, "" after a signal, otherwise None.
        """
        url = f"http://{browsable(host)}:{port}/"
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if died := first_ended(children):
                return died
            if answers(f"{url}health/live"):
                self._say(self.style.SUCCESS(f"Wordgen is running on {url}"))
                if settings.ENGINE_PRELOAD and not settings.ENGINE_URL:
                    self._say("The model is loading; requests that come meanwhile wait for it.")
                self._say("Stop it with Ctrl-C.")
                return None
            if signals.acquire(timeout=POLL_SECONDS):
                signals.release()
                return ""
        raise CommandError(f"The web server did not answer within {START_SECONDS:.0f} seconds.")

    def _wait_for_end(
        self, children: Children, signals: threading.Semaphore, worker: dict[str, str]
    ) -> str:
        """Wait for a signal; return "" then. Returns the name of a child that ended unexpectedly.

        A worker is started again, because it ends by itself when it stands still. Its jobs go on.

        worker: Environment of a worker.
        """
        starts = [time.monotonic()]
        while not signals.acquire(timeout=POLL_SECONDS):
            died = first_ended(children)
            if died == "worker":
                now = time.monotonic()
                starts = [start for start in starts if now - start < RESTART_WINDOW_SECONDS]
                if len(starts) > MAX_RESTARTS:
                    return died
                self._say("The worker ended unexpectedly. Starting another one.")
                starts.append(now)
                children["worker"] = start_worker(worker)
            elif died:
                return died
        return ""

    def _stop(self, children: Children, signals: threading.Semaphore) -> None:
        """Stop the children, the worker first, and wait for them.

        Kills them at a second Ctrl-C or after STOP_SECONDS.
        """
        running = {name: child for name, child in children.items() if child.poll() is None}
        if "worker" in running:
            self._say("Stopping. The worker finishes its item; Ctrl-C again to stop now.")
        deadline = time.monotonic() + STOP_SECONDS
        for name in ("worker", "web server"):
            if name in running:
                running[name].terminate()  # only the main process, which stops its own workers
                if not wait_for_end(running[name], deadline, signals):
                    break
        for child in running.values():
            if child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def environments_for(host: str, port: int) -> dict[str, dict[str, str]]:
    """Return each child's environment.

    The worker uses the engine of the web server, unless ENGINE_URL is set or ENGINE_SHARED is
    false.
    """
    web = worker = dict(os.environ)
    if settings.ENGINE_SHARED and not settings.ENGINE_URL:
        key = settings.ENGINE_KEY or secrets.token_urlsafe(32)
        web = {**web, "ENGINE_KEY": key}
        worker = {**web, "ENGINE_URL": f"http://{browsable(host)}:{port}"}
    return {"web server": web, "worker": worker}


def start_web(host: str, port: int, environment: dict[str, str]) -> Child:
    # -v 0, because daphne's access log would contain `?token=`. The middleware logs requests.
    daphne = [sys.executable, "-m", "daphne", "-v", "0", "-b", host, "-p", str(port)]
    return _start([*daphne, SERVER], environment)


def start_worker(environment: dict[str, str]) -> Child:
    return _start([sys.executable, "-m", "wordgen_site", "qcluster"], environment)


def _start(command: list[str], environment: dict[str, str]) -> Child:
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        start_new_session=True,
        # Safe, because this process has one thread.
        preexec_fn=partial(end_with, os.getpid()),
    )


def wait_for_end(child: Child, deadline: float, signals: threading.Semaphore) -> bool:
    """Wait for the child. False if the deadline or another signal came first."""
    while child.poll() is None:
        if time.monotonic() > deadline or signals.acquire(timeout=POLL_SECONDS):
            return False
    return True


def check_port(host: str, port: int) -> None:
    """Raise CommandError if the server could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError as error:
            raise CommandError(f"Port {port} is not between 0 and 65535.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} on {host} is in use{listener_on(port)};"
                    " choose another one, such as PORT=8011."
                ) from error
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


def listener_on(port: int) -> str:
    """Return " by process PID (NAME)", or "" if it is another user's process.

    Not the command line, which may contain a password.
    """
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            is_listener = connection.status == psutil.CONN_LISTEN
            if is_listener and connection.laddr.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                is_server = SERVER in process.cmdline()
                name = "another Wordgen server" if is_server else process.name()
                return f" by process {connection.pid} ({name})"
    return ""


def first_ended(children: Children) -> str:
    return next((name for name, child in children.items() if child.poll() is not None), "")


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False
