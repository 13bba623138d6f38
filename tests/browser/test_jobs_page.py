"""The jobs page in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServerProcess
from tests.browser.test_playground_page import _log_in

pytestmark = pytest.mark.browser


def test_it_is_reached_from_the_playground_and_connects(page: Page) -> None:
    _log_in(page)
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("heading", name="Batch jobs")).to_be_visible()
    expect(page.get_by_text("You have no jobs yet.")).to_be_visible()  # sent over the WebSocket
    expect(page.locator("#connection")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(
    browser: Browser, server: ServerProcess, width: int
) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    _log_in(page)
    for path in ("/jobs/", "/"):
        page.goto(path)
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    context.close()
