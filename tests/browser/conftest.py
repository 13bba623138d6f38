from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = Path("/usr/bin/chromium")

expect.set_options(timeout=10_000)


class ServerProcess:
    """The site in a process of its own, which a test can kill and start again on the same port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """settings: Of the environment."""
        self._folder = folder
        self._settings = settings
        self._log = folder / "server.log"
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.server", str(self.port)],
                cwd=ROOT,
                env={
                    **os.environ,
                    **self._settings,
                    "BROWSER_DATABASE": str(self._folder / "db.sqlite3"),
                },
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        # It prints its port once it listens. If it cannot start, it prints nothing.
        line = self._process.stdout.readline()
        assert line, self._log.read_text()
        self.port = int(line)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("site"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    """Return a page of a new session, logged out. Errors in its console fail the test."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )
    yield page
    context.close()
    # Some tests break the connection on purpose, which the browser reports.
    assert [text for text in errors if "WebSocket connection to" not in text] == []
