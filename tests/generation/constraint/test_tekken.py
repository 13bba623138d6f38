"""Mistral's tekken.json, as transformers converts it: a byte-level vocabulary given by its bytes,
whose pattern cuts at capitals and whose known words are taken whole, without merging.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers.integrations.mistral import MistralConverter

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.tokenizer.encode_words import WordEncoder
from generation.constraint.tokenizer.token_bytes import TokenTable, _byte_level
from tests.generation.constraint.test_bulk_bpe import encode_with, split
from vocab.words.lexicon import Lexicon
from vocab.words.parse import parse
from vocab.words.word_forms import FORM_CLASSES

PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIALS = 20
LISTS = Path(__file__).resolve().parents[3] / "wordlists"


@cache
def words(language: str) -> tuple[str, ...]:
    return tuple(parse((LISTS / f"{language}.txt").read_bytes()).words[:400])


@cache
def tokens() -> tuple[bytes, ...]:
    """Every byte, and what a training on some lists finds; the last one no merges make."""
    trained = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    cut = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    trained.pre_tokenizer = pre_tokenizers.Sequence([cut, level])
    trainer = trainers.BpeTrainer(vocab_size=1_000, show_progress=False)
    texts = [
        f"{word} ({word} {word.capitalize()}, " for each in ("en", "es") for word in words(each)
    ]
    trained.train_from_iterator([*texts, "— « » ¿ ¡ … हिन्दी 日本 " * 50], trainer)
    pieces = json.loads(trained.to_str())["model"]["vocab"]
    found = [_byte_level(piece) for piece in pieces]
    return (*(bytes([byte]) for byte in range(256)), *(t for t in found if len(t) > 1), b"zqzq")


@pytest.fixture(scope="module")
def tekken(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    content: dict[str, Any] = {
        "config": {
            "pattern": PATTERN,
            "num_vocab_tokens": len(tokens()),
            "default_vocab_size": len(tokens()) + SPECIALS,
            "default_num_special_tokens": SPECIALS,
            "version": "v3",
        },
        "special_tokens": [
            {"rank": rank, "token_str": f"<special {rank}>", "is_control": True}
            for rank in range(SPECIALS)
        ],
        "vocab": [
            {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
            for rank, token in enumerate(tokens())
        ],
    }
    path = tmp_path_factory.mktemp("tekken") / "tekken.json"
    path.write_text(json.dumps(content))
    converted: Tokenizer = MistralConverter(str(path)).converted()
    return converted


def test_each_token_has_the_bytes_that_the_file_gives_it(tekken: Tokenizer) -> None:
    table = TokenTable(tekken.to_str())
    assert table.bytes_of == {SPECIALS + rank: token for rank, token in enumerate(tokens())}
    assert tekken.get_vocab_size() == SPECIALS + len(tokens())
    for text in ("¿Qué? — «sí», हिन्दी 日本 🙂\n\n", "I'm zqzq (McDonald)"):
        (ids,) = encode_with(tekken)([text])
        assert table.text(ids) == text.encode()


@pytest.mark.parametrize("language", ["en", "es"])
def test_words_are_spelt_as_the_tokenizer_spells_them(tekken: Tokenizer, language: str) -> None:
    """McDonald is two words to its pattern, zqzq one token."""
    lexicon = Lexicon([*words(language), "McDonald", "zqzq"], language)
    table = TokenTable(tekken.to_str())
    assert table.merges is not None
    assert table.merges.ignore_merges
    for form_class in FORM_CLASSES:
        forms = lexicon.forms(form_class)
        if not forms:
            continue
        contexts = ["", " ", "(", "¿"]
        found = WordEncoder(forms, encode_with(tekken), table).paths(contexts)
        for before, paths in zip(contexts, found, strict=True):
            expected = encode_with(tekken)([before + form for form in forms])
            assert split(paths) == expected, (form_class, before)


def test_a_sentence_is_written_with_the_tokenizers_own_tokens(tekken: Tokenizer) -> None:
    lexicon = Lexicon(["hola", "qué", "es", "la", "casa", "zqzq"], "es")
    paths = WordPaths(lexicon, TokenTable(tekken.to_str()), encode_with(tekken))
    session = TokenAutomaton(paths, len(lexicon), [0])
    state = session.start
    (ids,) = encode_with(tekken)(["Hola, ¿qué es zqzq? (la casa)"])
    for token in ids:
        assert token in session.allowed(state)
        state = session.advance(state, token)
    assert 0 in session.allowed(state)
