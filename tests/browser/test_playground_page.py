"""The playground in a real browser, with a real daphne and made-up words."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServerProcess

USER, PASSWORD = "rosa", "a-long-password"
GO_ON, WAIT = "Do not stop.", "Do not begin."  # prompts that tests.browser.server knows
SOME_WORDS = re.compile(r"\w+ \w+")

pytestmark = pytest.mark.browser


def _log_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Write")).to_be_enabled()


def _write(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="Write").click()


def test_an_answer_comes_with_its_proof(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Wordlist").select_option("tiny")
    page.get_by_label("First words").fill("5")
    _write(page, "Hello")

    report = page.get_by_role("region", name="Report")
    expect(report).to_contain_text("0")
    expect(page.locator("#proof-count")).to_have_text("0")
    expect(report).to_contain_text("looked up among the first 5 words of tiny")
    expect(report).to_contain_text("Finished")
    expect(report).to_contain_text(re.compile(r"tiny@1 [0-9a-f]{12}"))
    expect(report.locator("dt:text-is('Words') + dd")).to_have_text("8")
    answer = page.locator("#answer").inner_text().split()
    assert len(answer) == 8
    assert set(answer) <= {"the", "a", "and", "to", "of"}
    expect(page.locator("#answer")).to_have_attribute("lang", "en")


def test_without_a_list_nothing_is_promised(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Wordlist").select_option(label="No list: any word")
    expect(page.get_by_label("First words")).to_be_hidden()
    _write(page, "Hello")
    expect(page.get_by_role("region", name="Report")).to_contain_text("No list was used")
    expect(page.locator("#proof-count")).to_have_text("–")


def test_the_keyboard_writes_and_stops(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Prompt").fill(GO_ON)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_have_text(SOME_WORDS)
    expect(page.get_by_role("button", name="Write")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#status")).to_have_text(re.compile(r"^Stopped after \d+ words?$"))
    expect(page.get_by_role("button", name="Write")).to_be_enabled()
    expect(page.get_by_role("region", name="Report")).to_be_hidden()


def test_stop_keeps_what_was_written_and_the_focus(page: Page) -> None:
    _log_in(page)
    _write(page, GO_ON)
    expect(page.locator("#answer")).to_have_text(SOME_WORDS)
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_focused()
    stop.click()
    expect(page.locator("#status")).to_contain_text("Stopped after")
    expect(page.get_by_role("button", name="Write")).to_be_focused()
    kept = page.locator("#answer").inner_text()
    _write(page, "Hello")  # and the engine is free again
    expect(page.locator("#status")).to_have_text("Done")
    assert page.locator("#answer").inner_text() != kept


def test_the_page_says_that_the_model_is_busy(page: Page) -> None:
    _log_in(page)
    _write(page, WAIT)
    expect(page.locator("#status")).to_contain_text("the model is busy")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status")).to_have_text("Stopped")


def test_says_while_the_model_is_loading(page: Page) -> None:
    states = iter(['{"status": "loading", "step": "reading the weights"}', '{"status": "ok"}'])
    page.route("**/health/ready", lambda route: route.fulfill(body=next(states)))
    with page.expect_response("**/health/ready"):
        _log_in(page)
    expect(page.locator("#loading")).to_have_text("The model is loading: reading the weights…")
    expect(page.locator("#loading")).to_be_hidden()


def test_an_error_is_shown_at_its_field_which_gets_the_focus(page: Page) -> None:
    _log_in(page)
    page.get_by_text("More options").click()
    temperature = page.get_by_label("Temperature")
    temperature.fill("9")
    page.get_by_text("More options").click()  # hide the field again before the error is shown
    _write(page, "Hello")
    expect(temperature).to_be_focused()
    expect(temperature).to_have_attribute("aria-invalid", "true")
    expect(temperature).to_have_accessible_description(
        "Ensure this value is less than or equal to 2."
    )
    temperature.fill("1.5")
    expect(page.locator("#temperature-error")).to_be_empty()


def test_words_are_banned_for_one_text_and_a_wrong_one_is_marked(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Wordlist").select_option("tiny")
    page.get_by_text("More options").click()
    names = page.get_by_label("Names in this text")
    names.fill("Ana, §§")
    page.get_by_label("Words not allowed").fill("dog, house")
    _write(page, GO_ON)
    expect(names).to_be_focused()
    expect(page.locator("#vocab_names-error")).to_contain_text("§§")
    names.fill("Ana, Bo")  # and their possessives: 23 words, so that seven at a time meet all
    _write(page, GO_ON)
    # The decoder goes through the words of the request's list, seven at a time.
    expect(page.locator("#answer")).to_contain_text("Ana")
    expect(page.locator("#answer")).to_contain_text("sea")
    page.get_by_role("button", name="Stop").click()
    text = page.locator("#answer").inner_text()
    assert {"dog", "house"}.isdisjoint(text.split())


def test_the_browser_itself_asks_for_a_prompt(page: Page) -> None:
    _log_in(page)
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_label("Prompt")).to_be_focused()
    expect(page.get_by_label("Prompt")).to_have_accessible_description("Write a prompt first.")


def test_the_first_choice_is_the_last_list_or_one_in_the_readers_language(
    browser: Browser, server: ServerProcess
) -> None:
    firsts = [("de-AT", "tiere"), ("fr-CA", "fr-learner"), ("en-GB", "en"), ("sv", "en")]
    for locale, first in firsts:
        context = browser.new_context(base_url=server.url, locale=locale)
        page = context.new_page()
        _log_in(page)
        expect(page.get_by_label("Wordlist")).to_have_value(first)
        for chosen in ("tiny", ""):
            page.get_by_label("Wordlist").select_option(chosen)
            page.reload()
            expect(page.get_by_label("Wordlist")).to_have_value(chosen)
        context.close()


def test_a_list_shorter_than_n_says_so(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Wordlist").select_option("tiny")
    expect(page.get_by_label("First words")).to_have_value("1000")
    expect(page.locator("#vocab_n_words-hint")).to_contain_text("all are used")
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.get_by_label("First words")).to_have_value("")
    expect(page.locator("#vocab_n_words-hint")).to_contain_text("All of its")


def test_a_list_without_an_order_has_no_first_words(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Wordlist").select_option("abc")
    expect(page.get_by_label("First words")).to_be_hidden()
    _write(page, "Hello")
    report = page.get_by_role("region", name="Report")
    expect(report).to_contain_text("Finished")
    expect(report).to_contain_text(re.compile(r"abc@1 [0-9a-f]{12}"))


def _request(page: Page) -> dict[str, Any]:
    """Return the body of the curl command."""
    arguments = shlex.split(page.locator("#curl").text_content() or "")
    body: dict[str, Any] = json.loads(arguments[arguments.index("-d") + 1])
    return body


def test_a_model_alias_fixes_its_list_and_says_what_it_binds(page: Page) -> None:
    _log_in(page)
    model, words = page.get_by_label("Model"), page.get_by_label("First words")
    wordlist, capitals = page.get_by_label("Wordlist"), page.get_by_label("Capitals")
    wordlist.select_option("en")
    words.fill("7")
    page.get_by_text("More options").click()
    page.get_by_label("Numbers", exact=True).select_option("none")
    model.select_option("tiny-5")
    expect(page.locator("#model-hint")).to_have_text(
        'Writes with tiny@1, its first 5 words, temperature 0.3, vocab_case "free", stop ["x"]'
    )
    for field, value in ((wordlist, "tiny"), (words, "5"), (capitals, "free")):
        expect(field).to_be_disabled()
        expect(field).to_have_value(value)
    expect(page.get_by_role("button", name="500", exact=True)).to_be_hidden()
    expect(page.get_by_label("Temperature")).to_have_attribute("placeholder", "0.3")
    expect(page.locator("#more-set")).to_have_text("1 set")
    _write(page, "Hello")
    expect(page.locator("#report")).to_contain_text("among the first 5 words of tiny")
    assert set(page.locator("#answer").inner_text().split()) <= {"the", "a", "and", "to", "of"}
    messages = [{"role": "user", "content": "Hello"}]
    assert _request(page) == {"model": "tiny-5", "messages": messages, "vocab_numbers": "none"}

    model.select_option(index=0)  # the fields are as they were
    expect(page.locator("#model-hint")).to_be_empty()
    for field, value in ((wordlist, "en"), (words, "7"), (capitals, "")):
        expect(field).to_be_enabled()
        expect(field).to_have_value(value)
    expect(page.get_by_label("Temperature")).to_have_attribute("placeholder", "1")
    assert _request(page) == {
        "model": model.input_value(),
        "messages": messages,
        "vocab_lang": "en",
        "vocab_n_words": 7,
        "vocab_numbers": "none",
    }


def test_the_curl_command_follows_the_form_and_is_quoted_for_a_shell(page: Page) -> None:
    _log_in(page)
    page.get_by_label("Prompt").fill('It\'s a "dog" $HOME\nand `a` \\ cat')
    page.get_by_label("Wordlist").select_option("en")
    page.get_by_role("button", name="500", exact=True).click()
    page.get_by_text("More options").click()
    page.get_by_label("System message").fill("Be brief.")
    page.get_by_label("Ask for simple words").select_option("always")
    page.get_by_label("Draft first").select_option("yes, hidden")
    page.get_by_label("Names in this text").fill("Ana, São Paulo,")
    page.get_by_label("Particles").fill("4")
    page.get_by_label("Seed").fill("9007199254740993")
    page.get_by_text("The same request with curl").click()
    command = page.locator("#curl").inner_text()

    arguments = shlex.split(command)
    assert arguments[:2] == ["curl", f"{page.url.rstrip('/')}/v1/chat/completions"]
    assert "Authorization: Bearer $WORDGEN_KEY" in arguments
    body = json.loads(arguments[arguments.index("-d") + 1])
    assert body.pop("model")
    assert body == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": 'It\'s a "dog" $HOME\nand `a` \\ cat'},
        ],
        "vocab_lang": "en",
        "vocab_n_words": 500,
        "vocab_tell_model": True,
        "vocab_draft": True,
        "vocab_names": ["Ana", "São Paulo"],
        "vocab_particles": 4,
        "seed": 9007199254740993,  # a JavaScript number would lose the last digits
    }


def test_copy_puts_the_answer_on_the_clipboard(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _log_in(page)
    _write(page, "Hello")
    button = page.locator("#copy")
    button.click()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.locator("#answer").inner_text()


def test_an_ended_session_leads_to_the_login(page: Page) -> None:
    _log_in(page)
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("button", name="Log in")).to_be_visible()
    _write(page, "Hello")
    expect(page.locator("#connection")).to_contain_text("You are logged out.")
    page.get_by_role("link", name="Log in again").click()
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_lost_connection_is_reported_and_restored(page: Page, server: ServerProcess) -> None:
    _log_in(page)
    _write(page, GO_ON)
    expect(page.locator("#answer")).to_have_text(SOME_WORDS)
    server.stop()
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    expect(page.locator("#status")).to_have_text("Interrupted: the connection was lost")
    expect(page.get_by_role("button", name="Write")).to_be_disabled()
    server.start()
    expect(page.locator("#connection")).to_be_hidden()
    _write(page, "Hello")
    expect(page.locator("#status")).to_have_text("Done")


def test_the_page_follows_the_growing_text(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    _log_in(page)
    page.get_by_label("Prompt").fill(GO_ON)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#tally")).to_have_text(re.compile(r"^\d{3} words$"), timeout=20_000)
    assert page.evaluate("() => scrollY") > 150  # scrolled by several lines, not only the first
    page.keyboard.press("Escape")
    expect(page.locator("#status")).to_contain_text("Stopped after")


@pytest.mark.parametrize("width", [320, 390, 900, 1280])
def test_nothing_is_wider_than_the_window(
    browser: Browser, server: ServerProcess, width: int
) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    _log_in(page)
    page.get_by_text("More options").click()
    page.get_by_text("The same request with curl").click()
    _write(page, "a" * 300)
    expect(page.locator("#proof")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    context.close()
