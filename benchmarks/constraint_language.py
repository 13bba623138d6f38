"""The language of all engines of `constraint.py`, and texts of it to follow.

Words of a list with a space, or a mark and a space, between them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vocab.words.orthography import orthography_for
from vocab.words.word_forms import FormClass, FormTable, LetterCase, Role


def words_of(size: int) -> list[str]:
    """Return the most frequent Spanish words of letters only, which every engine can write."""
    from wordfreq import top_n_list

    found = [word for word in top_n_list("es", 3 * size) if word.isalpha() and word == word.lower()]
    if len(found) < size:
        raise SystemExit(f"wordfreq has only {len(found)} plain words, {size} were asked for")
    return found[:size]


def texts_of(words: Sequence[str], count: int, length: int) -> list[str]:
    """Return sentences of common words, with some commas and full stops."""
    choice = random.Random(1)
    # ASCII letters, because lm-format-enforcer cannot write a character without its own token.
    common = [word for word in words[:2000] if word.isascii()]
    texts = []
    for _ in range(count):
        text = choice.choice(common)
        for _ in range(length):
            text += choice.choice([" ", " ", " ", ", ", ". "]) + choice.choice(common)
        texts.append(text)
    return texts


def cased_forms(words: Sequence[str]) -> list[str]:
    """Return every word as listed and with a capital, as our engine may write it."""
    table = FormTable(words, orthography_for("es"))
    cases = (LetterCase.PLAIN, LetterCase.TITLE)
    forms = [form for case in cases for form in table.forms(FormClass(Role.WORD, case, ""))]
    return list(dict.fromkeys(forms))


def text_regex(word: str) -> str:
    return f"(?:{word})(?:[,.;:!?]? (?:{word}))*[.!?]?"


def escape(text: str) -> str:
    return "".join(f"\\{c}" if c in r"\.^$*+?()[]{}|/-" else c for c in text)


def trie_regex(words: Iterable[str]) -> str:
    """Fold the words into a trie and write it as nested alternatives: `(?:a(?:b|c)?)`."""
    return _alternatives(words, escape, "(?:", "")


def trie_grammar(words: Iterable[str]) -> str:
    """The same in llama.cpp's notation: `("a" ("b" | "c")?)`."""
    return _alternatives(words, lambda character: f'"{character}"', "(", " ")


def _alternatives(
    words: Iterable[str], write_one: Callable[[str], str], opening: str, space: str
) -> str:
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}

    def write(node: dict[str, Any]) -> str:
        ways = [
            write_one(key) + (space + rest if (rest := write(child)) else "")
            for key, child in node.items()
            if key
        ]
        if not ways:
            return ""
        group = f"{opening}{(space + '|' + space).join(ways)})"
        return group + "?" if "" in node else group

    return write(trie)
