"""The token automata on real tokenizers: SmolLM2's, Qwen3's and Gemma 3's."""

from __future__ import annotations

import random
import re
import sys
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import regex
from django.conf import settings

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import JOINED_SAMPLE, WordPaths, WordsKey
from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.constraint.session import ConstraintSession, DeadEnd
from generation.constraint.tokenizer.encode_words import WordEncoder
from generation.engine.cpu.release_memory import release_memory
from tests.generation.constraint.oracle import CanonicalOracle, SpellingOracle, TokenTree
from tests.generation.constraint.real_tokenizers import NAMES, RealTokenizer, real_tokenizer
from tests.generation.engine import tiny
from tests.vocab.definition import Definition, spellings
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, orthography_for
from vocab.words.parse import parse
from vocab.words.trie import NO_RANK
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_forms import FORM_CLASSES, FormClass, LetterCase, Role

HINDI = (
    "है में के की को से का और पर एक यह नहीं था हैं ने कि इस भी कर तो ही या हो मैं वह जो कुछ "
    "अब हम तुम आप क्या क्यों कब कहाँ कौन दिन रात घर पानी माँ पिता भाई बहन लड़का लड़की बच्चा "
    "हिन्दी स्कूल किताब दोस्त प्यार ज़िंदगी अच्छा बड़ा छोटा नया पुराना आज कल नमस्ते धन्यवाद "
)
JAPANESE = (
    "の に は を た が で て と し れ さ ある いる も する から な こと として い "
    "や など 僕 駅 顔 私 人 日 本 日本 日本語 学校 先生 学生 東京 水 犬 猫 家 朝 夜 "
    "今日 明日 昨日 食べる 飲む 見る 行く 来る 大きい 小さい 新しい 古い 好き 友達 電車 "
    "電話 コーヒー テレビ ありがとう こんにちは 鬱 鯵 "
)
FRENCH = (
    "le la l' les un une des d' de du et à en que qu' qui je j' tu il elle on nous vous ils elles "
    "est était sont ai as a ont avez avait pas n' ne ce c' se s' m' t' me te lui leur y où dans "
    "pour avec sans sur sous par mais ou donc or ni car si plus moins très bien mal aujourd'hui "
    "homme femme enfant ami amie eau école histoire oiseau arbre air heure hiver été automne "
    "œil œuf usine idée image île odeur orange avion autre humain habit herbe hôtel jour nuit "
    "maison ville rue table chaise livre main tête cœur porte fenêtre chat chien pain vin lait "
    "dit dire va aller vient venir fait faire prend prendre mange manger boit boire lit lire "
    "voit voir sait savoir peut pouvoir veut vouloir aime aimer grand petit beau belle bon bonne "
    "rouge vert bleu noir blanc mme etc Paris France Marie jusqu' lorsqu' puisqu' quelqu' "
)
GERMAN = (
    "der die das und ist nicht ich du er sie es wir ihr ein eine einen dem den des im in auf mit "
    "zu von für an bei nach aus über unter vor hinter haus baum straße kind mann frau hund katze "
    "wasser brot milch tag nacht jahr schule buch tisch stuhl stadt land leben liebe welt zeit "
    "geht kommt sagt macht gibt hat haben sein war waren wird werden kann muss soll will groß "
    "klein gut schlecht schön alt neu heiß kalt schnell langsam usw z.b dr Berlin Anna süß weiß "
)
STARTERS = tuple(sorted(path.stem for path in Path(settings.BASE_DIR, "wordlists").glob("*.txt")))
LANGUAGES = ["en", "es", "fr", "de", "hi", "ja"]
# Words for the oracles: enough that tokens hold parts of many, few enough to encode quickly.
ORACLE_WORDS = 300
# Lists that are looked at whole: with words that attach, with other casing, with other letters.
WHOLE = ["en", "es", "fr", "tr", "el", "hi"]
# Every starter list with one tokenizer each, and the first two with all.
LISTS_AND_TOKENIZERS = [
    (language, name)
    for index, language in enumerate(STARTERS)
    for name in (NAMES if language in ("en", "es") else [NAMES[index % len(NAMES)]])
]
UNSPACED = [language for language in STARTERS if not orthography_for(language).spaced]
REENCODED_WORDS = 10_000
SENTENCES = [
    "यह एक अच्छा दिन है। क्या आप हिन्दी बोलते हैं? 🙂",
    "僕は駅で友達の顔を見た。「こんにちは」と言った！🎉",
    "هذا يومٌ جميل، أليس كذلك؟ نعم، شكرًا. 👍🏽",
    "¿Qué tal, niño? ¡Ñandú! — «sí», dijo… 👨‍👩‍👧‍👦 fin",
]
STATES = 300
WALK = 12
# lm-format-enforcer's time for a state grows with the list.
REFEREE_WORDS = 100
GEMMA3_ADDED_TOKENS = 6_415


# Of the scope of a module, because pytest then runs the tests of one tokenizer after another.
@pytest.fixture(scope="module", params=NAMES)
def tokenizer(request: pytest.FixtureRequest) -> Iterator[RealTokenizer]:
    """Return a tokenizer; afterwards drop what is cached of it, which takes most of a gigabyte."""
    yield real_tokenizer(request.param)
    caches = (paths, token_tree, byte_trie, mark_tokens, marks_table, lmfe_data, real_tokenizer)
    for each in caches:
        each.cache_clear()
    release_memory()


@cache
def entries(language: str) -> tuple[str, ...]:
    path = Path(settings.BASE_DIR, "wordlists", f"{language}.txt")
    if path.exists():
        return tuple(parse(path.read_bytes()).words)
    return tuple({"fr": FRENCH, "de": GERMAN, "hi": HINDI, "ja": JAPANESE}[language].split())


def first(language: str, n: int = 1_000) -> tuple[str, ...]:
    return entries(language)[:n]


@cache
def lexicon(language: str) -> Lexicon:
    """Of a language without spaces: with its characters as words, which is the default style."""
    characters = not orthography_for(language).spaced
    return Lexicon(entries(language), language, characters=characters)


def vocabulary(language: str, n: int = 1_000) -> Vocabulary:
    return Vocabulary(language, lexicon(language), min(n, len(lexicon(language))))


@cache
def paths(name: str, language: str) -> WordPaths:
    tokenizer = real_tokenizer(name)
    return WordPaths(lexicon(language), tokenizer.table, tokenizer.encode)


def canonical(
    tokenizer: RealTokenizer, language: str, n: int = 1_000, style: Style | None = None
) -> TokenAutomaton:
    n = min(n, len(lexicon(language)))
    return TokenAutomaton(paths(tokenizer.name, language), n, [tokenizer.stop], style=style)


@cache
def token_tree(name: str) -> TokenTree:
    return TokenTree(real_tokenizer(name).table.bytes_of)


@cache
def definition(language: str, n: int) -> Definition:
    return Definition(first(language, n), language)


@cache
def byte_trie(name: str) -> TokenByteTrie:
    return TokenByteTrie(real_tokenizer(name).table)


def spelling(tokenizer: RealTokenizer, language: str, n: int = 1_000) -> SpellingAutomaton:
    automaton = vocabulary(language, n).automaton
    return SpellingAutomaton(
        automaton, tokenizer.table, byte_trie(tokenizer.name), [tokenizer.stop]
    )


@cache
def mark_tokens(name: str) -> frozenset[int]:
    """Return the tokens without a letter. Part of a character does not count as one."""
    return frozenset(
        token
        for token, encoded in real_tokenizer(name).table.bytes_of.items()
        if not any(c.isalnum() or c == "\ufffd" for c in encoded.decode(errors="replace"))
    )


@cache
def marks_table(name: str) -> npt.NDArray[np.bool_]:
    """[ids]: `mark_tokens` as an array."""
    tokenizer = real_tokenizer(name)
    table = np.zeros(max(*tokenizer.table.bytes_of, *tokenizer.added) + 1, np.bool_)
    table[list(mark_tokens(name))] = True
    return table


def chosen(choice: random.Random, tokenizer: RealTokenizer, ways: set[int]) -> int:
    """Choose a token; half of the time one of marks, which would otherwise be one in a thousand."""
    marks = ways & mark_tokens(tokenizer.name)
    return choice.choice(sorted(marks if marks and choice.random() < 0.5 else ways))


# --- the byte table ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_table_spells_what_the_tokenizer_encodes(
    tokenizer: RealTokenizer, language: str
) -> None:
    texts = [*first(language, 2_000), *(" " + word for word in first(language, 2_000)), *SENTENCES]
    for text, ids in zip(texts, tokenizer.encode(texts), strict=True):
        assert tokenizer.table.text(ids) == text.encode()


def test_control_tokens_are_not_in_the_table(tokenizer: RealTokenizer) -> None:
    """The added tokens of Gemma 3 include line breaks and runs of spaces."""
    contents = tokenizer.backend.get_added_tokens_decoder()
    white = {
        token
        for token, added in contents.items()
        if not added.content.replace("\u2581", "").strip()
    }
    assert not (tokenizer.added - white) & tokenizer.table.bytes_of.keys()
    whole = set(tokenizer.backend.get_vocab().values())
    assert whole - tokenizer.added <= tokenizer.table.bytes_of.keys()
    if tokenizer.name == "gemma3":
        assert len(tokenizer.added) == GEMMA3_ADDED_TOKENS


# --- the merges ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "tokenizer"),
    [each for each in LISTS_AND_TOKENIZERS if each[0] not in UNSPACED],
    indirect=["tokenizer"],
)
def test_words_merged_together_are_what_the_tokenizer_encodes(
    tokenizer: RealTokenizer, language: str
) -> None:
    """Checks the first spellings of each class, and some others. Where the tokenizer's own path
    does not spell the word, another takes its place.
    """
    assert tokenizer.table.merges is not None
    compared = 0
    for form_class in FORM_CLASSES:
        forms = [*lexicon(language).forms(form_class).items()]
        some = dict(forms[:500] + forms[500::40])
        if not some:
            continue
        spellings = WordEncoder(some, tokenizer.encode, tokenizer.table)
        contexts = ["", " ", "(", "—"]
        for before, paths in zip(contexts, spellings.paths(contexts), strict=True):
            lengths, symbols = paths
            found = np.split(symbols, np.cumsum(lengths)[:-1])
            texts = [before + form for form in some]
            for text, path, its in zip(texts, found, tokenizer.encode(texts), strict=True):
                if tokenizer.table.text(its) == text.encode():
                    assert path.tolist() == its, text
                    compared += 1
    assert compared > 1_000


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_trie_holds_the_tokenizers_own_paths(tokenizer: RealTokenizer, language: str) -> None:
    """Without a prefix, after a space, and after every mark that the tokenizer joins to a word."""
    some = Lexicon(first(language, 2_000), language)
    found = WordPaths(some, tokenizer.table, tokenizer.encode)
    contexts = sorted({"", " ", *(mark for _, mark in found.joined_marks)})
    for form_class in FORM_CLASSES:
        forms = some.forms(form_class)
        for before in contexts if forms else []:
            words = found.of(WordsKey(before, form_class))
            assert words is not None
            texts = [before + form for form in forms]
            own = 0
            for text, path, rank in zip(
                texts, tokenizer.encode(texts), forms.values(), strict=True
            ):
                if tokenizer.table.text(path) != text.encode():
                    continue
                own += 1
                begun = words.begin(path[0], NO_RANK)
                assert begun is not None, text
                node = begun
                for token in path[1:]:
                    child = words.trie.child(node, token)
                    assert child is not None, text
                    node = child
                assert words.trie.rank[node] == rank, text
            if own == len(texts):
                assert np.count_nonzero(words.trie.rank < NO_RANK) == own


@pytest.mark.parametrize("tokenizer", ["qwen3"], indirect=True)
def test_the_first_steps_of_a_text_find_nothing_that_was_not_prepared(
    tokenizer: RealTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To find the words after a mark takes a third of a second with 50,000 words."""
    found = WordPaths(Lexicon(first("es", 500), "es"), tokenizer.table, tokenizer.encode)
    automaton = TokenAutomaton(found, 500, [tokenizer.stop])
    automaton.prepare()
    monkeypatch.setattr(WordPaths, "_find", None)
    state = automaton.start
    for token in tokenizer.encode(["Casa"])[0]:
        assert token in automaton.allowed(state)
        state = automaton.advance(state, token)
    bytes_of = tokenizer.table.bytes_of
    joined = [token for token in automaton.allowed(state) if b"/" in bytes_of.get(token, b"")]
    assert len(joined) > 10  # `/p` and its like


# --- state by state ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_paths_equal_the_definition(tokenizer: RealTokenizer, language: str) -> None:
    session = spelling(tokenizer, language, ORACLE_WORDS)
    oracle = SpellingOracle(definition(language, ORACLE_WORDS), token_tree(tokenizer.name))
    choice = random.Random(language)
    for _ in range(STATES // WALK):
        state, part = session.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = tokenizer.table.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {tokenizer.stop} == oracle.follows(part), text
            assert (tokenizer.stop in found) == oracle.may_end(part), text
            tokens.append(chosen(choice, tokenizer, found - {tokenizer.stop}))
            state, part = session.advance(state, tokens[-1]), oracle.advance(part, tokens[-1])


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "hi"])
def test_canonical_paths_equal_the_definition(tokenizer: RealTokenizer, language: str) -> None:
    session = canonical(tokenizer, language, ORACLE_WORDS)
    plain = lexicon(language).forms(FormClass(Role.WORD, LetterCase.PLAIN, ""))
    oracle = CanonicalOracle(
        definition(language, ORACLE_WORDS),
        tokenizer.table.bytes_of,
        tokenizer.encode,
        list(plain)[:JOINED_SAMPLE],
    )
    choice = random.Random(language)
    for _ in range(STATES // WALK):
        state, expected = session.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = tokenizer.table.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {tokenizer.stop} == oracle.follows(expected), text
            assert (tokenizer.stop in found) == oracle.may_end(expected), text
            tokens.append(chosen(choice, tokenizer, found - {tokenizer.stop}))
            state = session.advance(state, tokens[-1])
            expected = oracle.advance(expected, tokens[-1])


# --- lm-format-enforcer as referee ---------------------------------------------------------------


@cache
def lmfe_data(name: str) -> Any:
    tokenizer = real_tokenizer(name)
    return tokenizer_data(tokenizer.table, [tokenizer.stop])


@pytest.mark.parametrize("language", LANGUAGES)
def test_lm_format_enforcer_differs_only_in_parts_of_characters(
    tokenizer: RealTokenizer, language: str
) -> None:
    """It never allows a token that holds part of a character, and so never begins a word or a mark
    with a character that only such tokens write. All else is the same.
    """
    table = tokenizer.table
    whole = {text for text in map(_decoded, table.bytes_of.values()) if text and len(text) == 1}
    within = Definition(first(language, REFEREE_WORDS), language, alphabet=whole)
    if not any(forms for kind, forms in within.spellings.items() if kind.startswith("word")):
        with pytest.raises(DeadEnd):
            LmfeConstraint(lmfe_data(tokenizer.name), vocabulary(language, REFEREE_WORDS), 1_000)
        return
    oracle = SpellingOracle(within, token_tree(tokenizer.name))
    ours = spelling(tokenizer, language, REFEREE_WORDS)
    referee = LmfeConstraint(
        lmfe_data(tokenizer.name), vocabulary(language, REFEREE_WORDS), 1_000
    ).session()
    choice = random.Random(language)
    for _ in range(STATES // WALK):
        state, its_state, part = ours.start, referee.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = table.text(tokens)
            found = set(ours.allowed(state).tolist())
            its = set(referee.allowed(its_state).tolist())
            assert its <= found, text
            for token in (found - its - {tokenizer.stop}) & oracle.follows(part):
                assert _decoded(table.bytes_of[token]) is None, (text, table.bytes_of[token])
            assert (tokenizer.stop in found) == (tokenizer.stop in its), text
            tokens.append(chosen(choice, tokenizer, its - {tokenizer.stop}))
            state = ours.advance(state, tokens[-1])
            its_state = referee.advance(its_state, tokens[-1])
            part = oracle.advance(part, tokens[-1])


def _decoded(encoded: bytes) -> str | None:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return None


# --- which words ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LetterCase)
@pytest.mark.parametrize("language", WHOLE)
def test_the_words_after_a_space_are_the_first_n_entries(
    tokenizer: RealTokenizer, language: str, case: LetterCase
) -> None:
    found: dict[str, int] = {}
    for apostrophe in ("", "'", "’"):
        form_class = FormClass(Role.WORD, case, apostrophe)
        found_here = paths(tokenizer.name, language).of(WordsKey(" ", form_class))
        if found_here is None:
            continue
        trie = found_here.trie
        spelt = [b""] * trie.node_count
        for node in range(trie.node_count):
            below = trie.children(node)
            for child in range(below.start, below.stop):
                spelt[child] = spelt[node] + tokenizer.table.bytes_of[int(trie.label[child])]
        for node in map(int, np.flatnonzero(trie.rank < NO_RANK)):
            found[spelt[node].decode()] = int(trie.rank[node])
        # A word that goes on below must be in reach: no node on its way is cut off.
        for n in (1, 100, 1_000):
            best = trie.best_rank <= n
            assert not (best & (trie.rank > n) & ~_has_child(trie, best)).any()
    for n in (1, 100, 1_000, 3_000, 20_000):
        kinds = spellings(first(language, n), orthography_for(language))
        expected = {
            " " + form
            for kind, forms in kinds.items()
            if kind.startswith(f"word {case.name.lower()}")
            for form in forms
        }
        assert {text for text, rank in found.items() if rank <= n} == expected


def _has_child(trie: Any, best: Any) -> Any:
    parents = np.repeat(np.arange(trie.node_count), np.diff(trie.first_child))
    found = np.zeros(trie.node_count, bool)
    found[parents[best[1:]]] = True
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_walking_after_a_space_meets_the_first_hundred_entries(
    tokenizer: RealTokenizer, language: str
) -> None:
    words = first(language, 100)
    style = style_of(numbers="none", punctuation="minimal")
    session, table = canonical(tokenizer, language, 100, style), tokenizer.table
    state = session.start
    for token in tokenizer.encode([words[0]])[0]:
        state = session.advance(state, token)
    found, pending = set(), [(state, b"")]
    while pending:
        state, text = pending.pop()
        allowed = session.allowed(state).tolist()
        if len(text) > 1 and tokenizer.stop in allowed:
            found.add(text.decode())
        for token in allowed:
            word = text + table.bytes_of.get(token, b"")
            # A word begins with a space and goes on with letters.
            if word != text and re.fullmatch(r" [\w'’\ufffd]*", word.decode(errors="replace")):
                pending.append((session.advance(state, token), word))
    # What attaches comes after each of them, and is no word of its own.
    kinds = spellings(words, orthography_for(language))
    plain = {form for kind in ("word plain ", "word plain '") for form in kinds.get(kind, ())}
    assert {" " + word for word in plain if re.fullmatch(r"[\w']+", word)} <= found
    ends = tuple(suffix for kind, forms in kinds.items() if "suffix" in kind for suffix in forms)
    written = {" " + form for kind, forms in kinds.items() if "plain" in kind for form in forms}
    assert {word for word in found - written if not word.endswith(ends)} == set()


@pytest.mark.parametrize("tokenizer", ["qwen3"], indirect=True)
def test_every_hindi_word_can_be_written_with_qwen3(tokenizer: RealTokenizer) -> None:
    """lm-format-enforcer cannot write 395 of the top 3,000, है among them."""
    wordfreq = pytest.importorskip("wordfreq")
    frequent = [unicodedata.normalize("NFC", w) for w in wordfreq.top_n_list("hi", 400)]
    words = [w for w in frequent if all(unicodedata.name(c).startswith("DEVAN") for c in w)][:300]
    assert len(words) == 300
    assert "है" in words
    hindi = Lexicon(words, "hi")
    session = TokenAutomaton(
        WordPaths(hindi, tokenizer.table, tokenizer.encode), len(words), [tokenizer.stop]
    )
    before = session.start
    for token in tokenizer.encode(words[:1])[0]:
        before = session.advance(before, token)
    for word, after_a_word in ((word, spaced) for word in words for spaced in (False, True)):
        state = before if after_a_word else session.start
        for token in tokenizer.encode([" " * after_a_word + word])[0]:
            assert token in session.allowed(state), word
            state = session.advance(state, token)
        assert tokenizer.stop in session.allowed(state), word
    referee = LmfeConstraint(
        lmfe_data("qwen3"), Vocabulary("hi", hindi, len(words)), 1_000
    )._automaton
    assert referee.read("है") is None


# --- re-encoding ---------------------------------------------------------------------------------

# Letters with their vowel signs. Digits are written by any tokens, so numbers are no words here.
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*")


def random_text(
    session: ConstraintSession,
    tokenizer: RealTokenizer,
    length: int,
    random_numbers: np.random.Generator,
    marks: float = 0.0,
) -> list[int]:
    """Return tokens chosen evenly among the allowed ones, with the end only after `length` of them.

    marks: how often the choice is among marks alone, where there are any.
    """
    is_mark = marks_table(tokenizer.name)
    stop = tokenizer.stop
    tokens: list[int] = []
    state = session.start
    while True:
        allowed = session.allowed(state)
        if len(tokens) >= length and stop in allowed:
            return tokens
        if marks and random_numbers.random() < marks and is_mark[allowed].any():
            allowed = allowed[is_mark[allowed]]
        token = int(allowed[random_numbers.integers(len(allowed))])
        if token != stop:
            state = session.advance(state, token)
            tokens.append(token)


def misspelt(tokenizer: RealTokenizer, tokens: list[int]) -> tuple[int, Counter[str]]:
    """Return how many words a text has, and what stands around those whose tokens come back
    otherwise when the text is encoded again, with an example each.
    """
    text = tokenizer.table.text(tokens).decode()
    (again,) = tokenizer.encode([text])
    ours, its = _with_starts(tokenizer, tokens), _with_starts(tokenizer, again)
    causes: Counter[str] = Counter()
    words = 0
    at, seen = 0, 0  # in bytes, in characters
    for word in _WORD.finditer(text):
        at += len(text[seen : word.start()].encode())
        start, end = at, at + len(word[0].encode())
        at, seen = end, word.end()
        words += 1
        if _between(ours, start, end) != _between(its, start, end):
            before, after = text[: word.start()][-3:], text[word.end() :][:3]
            causes[f"between {before!r} and {after!r}, as {word[0]!r}"] += 1
    return words, causes


def _with_starts(tokenizer: RealTokenizer, tokens: list[int]) -> tuple[list[int], list[int]]:
    sizes = tokenizer.table.sizes[tokens]
    return [0, *np.cumsum(sizes).tolist()], tokens


def _between(text: tuple[list[int], list[int]], start: int, end: int) -> list[tuple[int, int]]:
    """The tokens that hold the bytes from `start` to `end`, with where they begin."""
    starts, tokens = text
    low, high = bisect_left(starts, start + 1) - 1, bisect_left(starts, end)
    return list(zip(starts[low:high], tokens[low:high], strict=True))


@pytest.mark.parametrize(
    ("language", "marks"), [*((each, 0.0) for each in WHOLE), ("en", 0.3), ("fr", 0.3)]
)
def test_encoding_a_generated_text_gives_the_same_words(
    tokenizer: RealTokenizer, language: str, marks: float
) -> None:
    session = canonical(tokenizer, language, 20_000)
    random_numbers = np.random.default_rng(7)
    words, causes = 0, Counter[str]()
    while words < REENCODED_WORDS:
        tokens = random_text(session, tokenizer, 300, random_numbers, marks)
        more, found = misspelt(tokenizer, tokens)
        words += more
        causes += found
    share = 1 - causes.total() / words
    report = [f"{tokenizer.name} {language}: {share:.3%} of {words} words come back the same"]
    report += [f"  {count} {cause}" for cause, count in causes.most_common()]
    sys.stdout.write("\n".join(report) + "\n")  # pytest -rP shows it
    assert share >= 0.995


# --- whole texts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "it"])
def test_an_elided_word_is_spelt_as_the_tokenizer_spells_it(
    tokenizer: RealTokenizer, language: str
) -> None:
    """l'homme: the path of the prefix, the apostrophe and the word."""
    if language not in (*STARTERS, "fr"):
        pytest.skip("no such list")
    session = canonical(tokenizer, language, len(entries(language)))
    kinds = spellings(first(language, 3_000), orthography_for(language))
    words = sorted(kinds["word plain "])[:: max(1, len(kinds["word plain "]) // 500)]
    pairs = [f" {prefix}'{word}" for prefix in sorted(kinds["prefix plain "]) for word in words]
    (start,) = tokenizer.encode(["un"])
    before = session.start
    for token in start:
        before = session.advance(before, token)
    written = 0
    for path in tokenizer.encode(pairs):
        state = before
        try:
            for token in path:
                state = session.advance(state, token)
            written += tokenizer.stop in session.allowed(state)
        except DeadEnd:
            continue
    assert len(pairs) > 500
    assert written >= 0.995 * len(pairs)


@pytest.mark.parametrize(("language", "tokenizer"), LISTS_AND_TOKENIZERS, indirect=["tokenizer"])
@pytest.mark.parametrize("n", [1_000, 20_000])
def test_generated_words_are_on_the_list(tokenizer: RealTokenizer, language: str, n: int) -> None:
    """100,000 words together."""
    kind = canonical if orthography_for(language).spaced else spelling
    session = kind(tokenizer, language, n)
    checker = vocabulary(language, n).checker
    random_numbers = np.random.default_rng(n)
    words = 0
    while words < 100_000 / (2 * len(LISTS_AND_TOKENIZERS)):
        tokens = random_text(session, tokenizer, 400, random_numbers)
        report = checker.report(tokenizer.table.text(tokens).decode())
        assert report.out_of_list == ()
        words += report.words


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("n", [1_000, 20_000])
def test_a_hot_random_model_writes_words_on_the_list(language: str, n: int) -> None:
    from generation.engine.contract import GenerationRequest, Message, Sampling
    from generation.engine.local import LocalDecoder

    decoder = LocalDecoder(tiny.loaded(), max_input_tokens=100, truncate=True)
    words = vocabulary(language, n)
    written = 0
    for seed in range(3):
        sampling = Sampling(max_tokens=150, temperature=2.0, top_k=0, seed=seed)
        request = GenerationRequest(
            messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
        )
        completion = decoder.decode(request, lambda text, logprobs=(): None, lambda: False)
        report = words.checker.report(completion.text)
        assert report.out_of_list == ()
        written += report.words
    assert written > 50
