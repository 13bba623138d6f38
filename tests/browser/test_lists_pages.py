"""Lists in a real browser: upload, mend two rows, save, write with the list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import ServerProcess
from tests.browser.test_playground_page import _log_in, _write
from tests.vocab.importing.files import archive, new_collection, xlsx

pytestmark = pytest.mark.browser

FREQUENCY = "the 900\ndog 800\ncat% 700\nsea 600\n@home@ 500\nday 400\nold 300\nred 200\n"
CEFR = (
    "headword,pos,CEFR\r\na,determiner,A1\r\nam/AM,verb,A1\r\ncat,noun,A1\r\ndog%,noun,A2\r\n"
    "eat,verb,A1\r\nfish,noun,A1\r\n50%,noun,B1\r\nhouse,noun,A1\r\nsea,noun,A2\r\n"
)
DECK = ["el perro|dog", "<b>sol</b>|sun", "mar%|sea", "TRUE|true", "pan|bread", "luz|light"]
AFFIXES = "SET UTF-8\nSFX S Y 1\nSFX S 0 s .\n"
DICTIONARY = "8\ncasa/S\nsol%\nmar\npan\nluz\npie/S\n50%\nfaro\n"
PASTED = "der Hund, -e\ndie Katze, -n\n50%\nder Baum, ¨-e\ndas Meer%\nder Tag, -e\ndas Kind, -er\n"
MENDED = ("uno", "dos")


def _file(name: str, content: str | bytes) -> FilePayload:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def _start(page: Page, language: str) -> None:
    _log_in(page)
    page.get_by_role("link", name="Lists").click()
    page.get_by_role("link", name="New list").click()
    page.get_by_label("Language").fill(language)


def _read(page: Page) -> None:
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_role("heading", name="Check before saving")).to_be_visible()


def _mend_two_and_write(page: Page, title: str, words: set[str]) -> None:
    """Type something for two refused rows, save the list, and write with all its words."""
    refused = page.locator("#refused")
    expect(refused.get_by_role("heading")).to_have_text(re.compile(r"Refused: \d+"))
    for number, word in enumerate(MENDED):
        refused.get_by_role("textbox").nth(number).fill(word)
    page.get_by_role("textbox", name="Title").fill(title)
    page.get_by_role("textbox", name="Short name").fill(title)
    page.get_by_role("button", name="Update").last.click()
    expect(page.get_by_text(re.compile(r"2 mended by you"))).to_be_visible()
    expect(page.locator("#edited").get_by_role("textbox").first).to_have_value("uno")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    shown = page.locator("ol.words bdi").all_inner_texts()
    assert set(shown) == words | set(MENDED)
    page.get_by_role("link", name="Write with it").click()
    expect(page.get_by_label("Wordlist")).to_have_value(title)
    if page.get_by_label("First words").is_visible():
        page.get_by_label("First words").fill("")
    _write(page, "Hello")
    expect(page.locator("#status")).to_have_text("Done")
    expect(page.locator("#proof-count")).to_have_text("0")
    answer = page.locator("#answer").inner_text()
    assert set(re.findall(r"\w+", answer.lower())) <= {word.lower() for word in shown}


def test_a_frequency_list(page: Page) -> None:
    _start(page, "en")
    page.get_by_label("File", exact=True).set_input_files(_file("en_50k.txt", FREQUENCY))
    _read(page)
    expect(page.get_by_text("looks like a frequency list: word, count")).to_be_visible()
    _mend_two_and_write(page, "frequency", {"the", "dog", "sea", "day", "old", "red"})


def test_a_table_by_level(page: Page) -> None:
    _start(page, "en")
    page.get_by_label("File", exact=True).set_input_files(_file("cefrj.csv", CEFR))
    _read(page)
    expect(page.get_by_text("looks like a list by level: word, level")).to_be_visible()
    expect(page.get_by_text("This list is not ranked")).to_be_visible()
    page.get_by_label("Order by").select_option("level")  # the page updates itself
    expect(page.get_by_text("This list is not ranked")).to_be_hidden()
    _mend_two_and_write(page, "cefrj", {"a", "am", "AM", "cat", "eat", "fish", "house", "sea"})


def test_an_anki_deck(page: Page) -> None:
    deck = archive(collection__anki2=b"none", collection__anki21b=new_collection(DECK))
    _start(page, "es")
    page.get_by_label("File", exact=True).set_input_files(_file("deck.apkg", deck))
    _read(page)
    expect(page.get_by_text("looks like an Anki deck")).to_be_visible()
    tick = page.get_by_role("checkbox", name=re.compile("^Save it although 2 of 6 rows"))
    expect(tick).to_be_visible()
    _mend_two_and_write(page, "deck", {"perro", "sol", "pan", "luz"})


def test_a_dictionary_with_its_affixes(page: Page) -> None:
    _start(page, "es")
    page.get_by_label("File", exact=True).set_input_files(_file("es.dic", DICTIONARY))
    page.get_by_text("More").click()
    page.get_by_label("Affix file of a dictionary").set_input_files(_file("es.aff", AFFIXES))
    _read(page)
    expect(page.get_by_text("with the forms that its .aff file makes")).to_be_visible()
    _mend_two_and_write(
        page, "dictionary", {"casa", "casas", "mar", "pan", "luz", "pie", "pies", "faro"}
    )


def test_pasted_words(page: Page) -> None:
    _start(page, "de")
    page.get_by_label("Or paste words here").fill(PASTED)
    _read(page)
    _mend_two_and_write(page, "pasted", {"Hund", "Katze", "Baum", "Tag", "Kind"})


def test_the_proposals_are_accepted_at_once(page: Page) -> None:
    _start(page, "en")
    page.get_by_label("File", exact=True).set_input_files(_file("a.txt", FREQUENCY))
    _read(page)
    page.get_by_role("button", name="Accept all proposals (2)").click()
    expect(page.locator("#refused")).to_have_count(0)
    expect(page.locator(".figures")).to_contain_text("0%")
    words = page.locator("ol.words bdi").all_inner_texts()
    assert words == ["the", "dog", "cat", "sea", "home", "day", "old", "red"]


def test_enter_in_a_text_box_keeps_what_was_typed(page: Page) -> None:
    _start(page, "en")
    page.get_by_label("File", exact=True).set_input_files(_file("a.txt", FREQUENCY))
    _read(page)
    box = page.locator("#refused").get_by_role("textbox").first
    box.fill("kitten")
    box.press("Enter")
    expect(page.locator("#edited").get_by_role("textbox")).to_have_value("kitten")
    expect(page.get_by_role("heading", name="Check before saving")).to_be_visible()


def test_a_doubtful_list_is_saved_only_with_a_tick(page: Page) -> None:
    _start(page, "en")
    page.get_by_label("Or paste words here").fill("dog\n50%\n60%\n")
    _read(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("^Save it although 2 of 3 rows")).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The list was saved with 1 word.")).to_be_visible()


def test_the_admin_has_the_same_report(page: Page) -> None:
    _log_in(page)
    page.goto("/admin/vocab/wordlist/add/")
    page.get_by_label("Language").fill("es")
    page.get_by_label("File", exact=True).set_input_files(
        _file("a.xlsx", xlsx([["word", "count"], ["sol", 3], ["mar", 5], ["pan", 4]]))
    )
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_text("looks like an Excel sheet: word, count")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added with 3 entries.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 900, 1280])
def test_nothing_is_wider_than_the_window(
    browser: Browser, server: ServerProcess, width: int
) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    _start(page, "de")
    long = "x" * 90 + "\n" + "der Hund, -e\n50%\n" * 3
    page.get_by_label("File", exact=True).set_input_files(_file(f"{'a' * 80}.txt", long))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    _read(page)
    for path in ("", "/lists/", "/lists/en/"):
        if path:
            page.goto(path)
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path
    context.close()
