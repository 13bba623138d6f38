from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from tests.conftest import MakeWordlist
from tests.generation.engine import tiny
from vocab.revisions import add_revision

SMOLLM2 = Path(django_settings.MODELS_DIR) / django_settings.EMBEDDED_MODEL
WORDS = ["hola", "la", "casa", "otorrinolaringólogo", "Ñandú", "sin embargo"]

pytestmark = pytest.mark.django_db


# Begins the second part of the report.
FOR_PEOPLE = "What a person may want to change"


def lint(*args: object) -> str:
    out = StringIO()
    call_command("lint_wordlist", *map(str, args), stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A model folder without weights."""
    tiny.tokenizer().save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A tokenizer of seven tokens: the letters and the space of `hola casa`."""
    vocabulary = {letter: index for index, letter in enumerate("holacsĠ")}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.decoder = decoders.ByteLevel()
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.save(str(tmp_path / "letters.json"))
    return tmp_path / "letters.json"


@pytest.mark.model
def test_the_models_own_tokenizer_by_default(make_wordlist: MakeWordlist) -> None:
    if not SMOLLM2.exists():
        pytest.skip("no SmolLM2: run `manage.py prepare_model`")
    make_wordlist("es", WORDS, "es")
    said = lint("es").partition(FOR_PEOPLE)[0].splitlines()
    assert said[0] == "es@1, 6 entries, under SmolLM2-135M-Instruct"
    assert said[1] == "Words that cannot be written: 0"
    assert re.fullmatch(r"Words of more than 4 tokens: [1-9]", said[2])
    assert re.fullmatch(r" +\d otorrinolaringólogo", said[3])
    assert re.fullmatch(r"Tokens per running word: [1-3]\.\d\d", said[-3])
    assert said[-2] == "Tokens in use, of 49,135:"
    assert re.fullmatch(r" +\d{2,3} with all entries", said[-1])
    by_path = lint("es", "--tokenizer", SMOLLM2 / "tokenizer.json").partition(FOR_PEOPLE)[0]
    assert by_path.splitlines()[1:] == said[1:]


def test_words_that_cannot_be_written_come_first(
    make_wordlist: MakeWordlist, letters: Path
) -> None:
    make_wordlist("es", WORDS, "es")
    said = lint("es@1", "--tokenizer", letters).partition(FOR_PEOPLE)[0].splitlines()
    assert said[1:5] == [
        "Words that cannot be written: 3",
        "  otorrinolaringólogo (rank 4): no token writes 't' or 'r' or 'i' or 'n' or 'g' or 'ó'",
        "  Ñandú (rank 5): no token writes 'Ñ' or 'n' or 'd' or 'ú'",
        "  sin embargo (rank 6): no token writes 'i' or 'n' or 'e' or 'm' or 'b' or 'r' or 'g'",
    ]
    # o, h, l, a, c, s and the space.
    assert said[-2:] == ["Tokens in use, of 7:", "        7 with all entries"]


def test_strict_fails_where_a_word_cannot_be_written(
    make_wordlist: MakeWordlist, letters: Path
) -> None:
    make_wordlist("es", WORDS, "es")
    with pytest.raises(CommandError, match=r"es@1 has words that .* cannot write") as failed:
        lint("es", "--tokenizer", letters, "--strict")
    assert failed.value.returncode == 1
    make_wordlist("short", ["hola", "casa"], "es")
    assert "cannot be written: 0" in lint("short", "--tokenizer", letters, "--strict")


def test_the_limit_is_for_each_kind_of_word(make_wordlist: MakeWordlist, letters: Path) -> None:
    make_wordlist("es", [*WORDS, "halcalo", "halcala"], "es")
    said = lint("es", "--tokenizer", letters, "--limit", 1)
    assert said.count("... and") == 2
    assert "otorrinolaringólogo" in said
    assert "Ñandú" not in said
    said = lint("es", "--tokenizer", letters, "--limit", 0)
    assert "cannot be written: 3" in said
    assert "otorrinolaringólogo" not in said


def test_the_configured_model_may_be_a_folder(
    make_wordlist: MakeWordlist, tiny_folder: Path, settings: Any
) -> None:
    make_wordlist("es", WORDS, "es")
    settings.MODEL_NAME = str(tiny_folder)
    settings.SERVED_MODEL_NAME = "tiny"
    table = tiny.loaded().table
    said = lint("es")
    assert said.startswith("es@1, 6 entries, under tiny\nWords that cannot be written: 0\n")
    assert f"Tokens in use, of {len(table):,}:" in said


def test_a_model_with_other_files_only_is_read_by_transformers(
    make_wordlist: MakeWordlist, tmp_path: Path
) -> None:
    """The old format of GPT-2, without tokenizer.json."""
    content = json.loads(tiny.tokenizer().backend_tokenizer.to_str())
    (tmp_path / "vocab.json").write_text(json.dumps(content["model"]["vocab"]))
    merges = "\n".join(" ".join(pair) for pair in content["model"]["merges"])
    (tmp_path / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "GPT2Tokenizer"}')
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    make_wordlist("es", WORDS, "es")
    assert "cannot be written: 0" in lint("es", "--tokenizer", tmp_path)


def test_an_unknown_list_is_one_line(make_wordlist: MakeWordlist, letters: Path) -> None:
    make_wordlist("es", WORDS, "es")
    with pytest.raises(CommandError, match=r"^There is no wordlist 'fr'; there are: es$"):
        lint("fr", "--tokenizer", letters)
    with pytest.raises(CommandError, match=r"^Wordlist 'es' has no revision 2; its latest is 1$"):
        lint("es@2", "--tokenizer", letters)


def test_a_missing_tokenizer_is_one_line(make_wordlist: MakeWordlist, tmp_path: Path) -> None:
    make_wordlist("es", WORDS, "es")
    with pytest.raises(CommandError, match=r"^There is no tokenizer at '/no/such/folder': .*\.$"):
        lint("es", "--tokenizer", "/no/such/folder")
    broken = tmp_path / "tokenizer.json"
    broken.write_text("{")
    with pytest.raises(CommandError, match=r"^The tokenizer '.*' cannot be loaded: [^\n]+$"):
        lint("es", "--tokenizer", broken)


def test_an_unsupported_kind_is_one_line(make_wordlist: MakeWordlist, tmp_path: Path) -> None:
    make_wordlist("es", WORDS, "es")
    backend = Tokenizer(models.WordPiece({"hola": 0, "[UNK]": 1}, unk_token="[UNK]"))
    backend.decoder = decoders.WordPiece()
    backend.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(CommandError, match=r"cannot be used: .*decoder: WordPiece.*\.$"):
        lint("es", "--tokenizer", tmp_path)


# --- what a person may want to change ------------------------------------------------------------

MESSY = ["i", "the", "1984", "b", "monday", "tuesday", "John", "isn't"]


def test_what_a_person_may_want_to_change_comes_after_the_model(
    make_wordlist: MakeWordlist, letters: Path
) -> None:
    make_wordlist("en", MESSY, "en")
    said = lint("en", "--no-model", "--limit", 2)
    assert said.startswith(
        "en@1, 8 entries\nWhat a person may want to change: numbers, letters, casing, names\n"
    )
    assert "Numbers: 1\n  Numbers need no entry" in said
    assert (
        "  i → I\n  monday → Monday\n  ... and 1 more\n  --fix casing: Change the capitals\n"
        in said
    )
    assert lint("en", "--limit", 2, "--tokenizer", letters).endswith(said.partition("\n")[2])


def test_a_fix_makes_the_next_revision(make_wordlist: MakeWordlist) -> None:
    wordlist = make_wordlist("en", MESSY, "en").wordlist
    said = lint("en", "--fix", "casing, numbers", "--dry-run")
    assert "8 entries before, 7 after" in said
    assert said.endswith("Dry run: nothing was saved. Fixed: numbers (1), capitals (3).\n")
    assert wordlist.revisions.count() == 1
    said = lint("en", "--fix", "casing,numbers")
    assert said.endswith("Fixed: numbers (1), capitals (3). en@2 is now the current revision.\n")
    wordlist.refresh_from_db()
    assert wordlist.current is not None
    assert wordlist.current.words == ["I", "the", "b", "Monday", "Tuesday", "John", "isn't"]
    assert (wordlist.current.number, wordlist.current.note, wordlist.current.ranked) == (
        2,
        "Fixed: numbers (1), capitals (3)",
        True,
    )
    assert wordlist.revisions.get(number=1).words == MESSY


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--fix", "colour"], "^Nothing was changed: there is no kind 'colour'; the kinds are"),
        (["--fix", "script"], "^Nothing was changed: the list has nothing to fix .* 'script'"),
        (["--dry-run"], "--dry-run is for --fix"),
    ],
)
def test_a_fix_that_cannot_be_made_is_one_line(
    make_wordlist: MakeWordlist, args: list[str], message: str
) -> None:
    wordlist = make_wordlist("en", MESSY, "en").wordlist
    with pytest.raises(CommandError, match=message):
        lint("en", *args)
    assert wordlist.revisions.count() == 1


def test_an_older_revision_is_not_fixed(make_wordlist: MakeWordlist) -> None:
    make_wordlist("en", MESSY, "en")
    lint("en", "--fix", "numbers")
    with pytest.raises(
        CommandError, match="its current revision is 2, and this change was made for revision 1"
    ):
        lint("en@1", "--fix", "numbers")


def test_a_list_without_ranks_gets_them(make_wordlist: MakeWordlist) -> None:
    wordlist = make_wordlist("en", ["school", "the"], "en").wordlist
    add_revision(wordlist, ["monkey", "school", "the"], ranked=False)
    assert lint("en", "--fix", "order").endswith("en@3 is now the current revision.\n")
    current = wordlist.revisions.get(number=3)
    assert (current.words, current.ranked) == (["the", "school", "monkey"], True)
