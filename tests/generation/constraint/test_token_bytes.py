"""The byte table: what each token writes, for both kinds of vocabulary."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from generation.constraint.tokenizer.token_bytes import TokenTable, UnsupportedTokenizer
from tests.generation.engine import tiny


@given(st.text(max_size=60))
def test_byte_level_tokens_spell_the_text_they_encode(text: str) -> None:
    table = tiny.loaded().table
    ids = tiny.tokenizer().encode(text, add_special_tokens=False)
    assert table.text(ids) == text.encode()


def test_added_tokens_are_not_text() -> None:
    table, tokenizer = tiny.loaded().table, tiny.tokenizer()
    for token in tiny.SPECIAL:
        assert tokenizer.convert_tokens_to_ids(token) not in table.bytes_of
    assert len(table) == len(tokenizer) - len(tiny.SPECIAL)


def test_sentencepiece_tokens_have_their_spaces_and_bytes() -> None:
    vocabulary = {
        "<unk>": 0,
        "\u2581the": 1,
        "dog": 2,
        "<0xC3>": 3,
        "<0xB1>": 4,
        "\u2581": 5,
        "é": 6,
    }
    backend = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True, unk_token="<unk>"))
    backend.add_special_tokens(["<unk>"])
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    table = TokenTable(backend.to_str())
    assert table.bytes_of == {
        1: b" the",
        2: b"dog",
        3: b"\xc3",
        4: b"\xb1",
        5: b" ",
        6: "é".encode(),
    }
    assert table.text([1, 5, 3, 4]).decode() == " the ñ"


def test_a_vocabulary_of_another_kind_is_refused() -> None:
    backend = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    backend.decoder = decoders.WordPiece()
    with pytest.raises(UnsupportedTokenizer, match="WordPiece"):
        TokenTable(backend.to_str())


def test_stop_tokens_come_from_the_config_and_the_chat_template() -> None:
    end = tiny.tokenizer().convert_tokens_to_ids("<|end|>")
    assert tiny.loaded().stop_ids == (end,)


def test_the_table_needs_nothing_but_the_serialised_tokenizer() -> None:
    content = json.loads(tiny.tokenizer().backend_tokenizer.to_str())
    assert len(TokenTable(json.dumps(content))) == len(tiny.loaded().table)


def test_white_space_is_text_though_added_and_other_additions_are_told_apart() -> None:
    """Gemma 3 adds its line breaks; Qwen3 adds `<think>`, which is no control token."""
    vocabulary = {"<eos>": 0, "\u2581a": 1, "\n": 2, "\u2581\u2581": 3, "<think>": 4}
    backend = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True))
    backend.add_special_tokens(["<eos>"])
    backend.add_tokens(["\n", "\u2581\u2581", "<think>"])
    backend.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback()])
    table = TokenTable(backend.to_str())
    assert table.bytes_of == {1: b" a", 2: b"\n", 3: b"  "}
    assert table.added_text == {4: b"<think>"}


def test_fractions_and_signs_are_no_letters() -> None:
    signs = ["½", "²", "①", "٣", "-", " ½"]
    letters = ["a", "é", "ß", "三", " a½", "½a"]
    vocabulary = {text.replace(" ", "\u2581"): at for at, text in enumerate([*signs, *letters])}
    model = models.BPE({**vocabulary, "<unk>": 20}, [], byte_fallback=True, unk_token="<unk>")
    backend = Tokenizer(model)
    backend.add_special_tokens(["<unk>"])
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    table = TokenTable(backend.to_str())
    assert table.letterless.tolist() == [vocabulary[each.replace(" ", "\u2581")] for each in signs]
