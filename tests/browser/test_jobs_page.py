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


def test_a_file_of_prompts_becomes_a_job_with_a_name(page: Page) -> None:
    _log_in(page)
    page.goto("/jobs/")
    page.get_by_role("link", name="New job").click()
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_text("Choose a file, or paste prompts below.")).to_be_visible()
    table = b"id,prompt\n7,Write about a dog\n9,Write about a cat\n"
    page.get_by_label("File of prompts").set_input_files(
        {"name": "animals.csv", "mimeType": "text/csv", "buffer": table}
    )
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_label("Column with the prompts")).to_have_value("1")
    expect(page.get_by_label("Column with your own ids")).to_have_value("0")
    page.get_by_text("More options").click()
    page.get_by_label("Temperature").fill("9")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_label("Temperature")).to_have_value("9")  # shown, with its error
    page.get_by_label("Temperature").fill("0.5")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("The job was started with 2 prompts.")).to_be_visible()
    expect(page.get_by_role("heading", name="animals")).to_be_visible()
    expect(page.get_by_text("0 of 2 answered")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(
    browser: Browser, server: ServerProcess, width: int
) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    _log_in(page)
    for path in ("/jobs/", "/jobs/new/", "/"):
        page.goto(path)
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    context.close()
