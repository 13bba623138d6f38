"""The token automata against the oracles, state by state."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.finish import Finish
from generation.constraint.session import ConstraintSession, DeadEnd, State
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.oracle import CanonicalOracle, SpellingOracle, TokenTree
from tests.generation.engine import tiny
from tests.vocab.definition import Definition
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, Units, orthography_for
from vocab.words.text_automaton import TextAutomaton, TextState
from vocab.words.vocabulary import Vocabulary

SPANISH = ["hola", "la", "casa", "es", "una", "niño", "sin embargo", "sin", "come", "como", "com"]
# What each language has of words that attach, casing, abbreviations, entries of several words.
LISTS = {
    "en": [
        "dog",
        "it",
        "'s",
        "n't",
        "do",
        "New York",
        "don't",
        "etc",
        "ice-cream",
        "Ann",
        "I",
        "a",
    ],
    "es": ["hola", "la", "casa", "sr", "María", "sin embargo", "sin", "qué"],
    "fr": ["l'", "homme", "d", "il", "dit", "en", "aujourd'hui", "va", "mme", "a"],
    "de": ["haus", "straße", "es", "geht", "z.b", "Ina"],
    "it": ["un", "un'", "l'", "ora", "casa", "buon"],
    "pt": ["dá", "d'", "o", "me", "casa", "sr"],
    "nl": ["ijs", "huis", "'s", "'t", "ir", "dr"],
    "pl": ["dom", "p", "go", "m.in"],
    "sv": ["hus", "EU:s", "t.ex", "och"],
    "da": ["hus", "i", "f.eks"],
    "lb": ["d", "haus", "z.b"],
    "sr": ["кућа", "др", "ana"],
    "ro": ["într", "o", "s", "a", "mi", "dă", "dr", "Ion"],
    "mt": ["kelb", "il-", "b'", "l", "ta'", "tnejn"],
    "he": ["טוב", 'צה"ל', "ב", "ה", "ג'ירפה", "בית־ספר"],
    "hy": ["ուր", "և", "գնում", "Արամ", "թ"],
    "id": ["ke", "se", "anak", "temannya", "anda", "Rp"],
    "bg": ["по", "най", "добър", "то", "др"],
    "ru": ["кто", "то", "дом", "т.д"],
    "el": ["λόγοσ", "ναι", "κ", "άνθρωπος", "ρολόι"],
    "tr": ["ışık", "istanbul", "'da", "'dır", "İzmir", "ev"],
    "ar": ["قال", "بيت", "و", "بـ"],
    "hi": ["घर", "है", "डॉ"],
    "zh": ["你好", "我", "T恤"],
    "ja": ["猫", "です", "Tシャツ"],
    "th": ["ฉัน", "บ้าน", "abc"],
    "ko": ["가", "집", "KBS", "제"],
    "am": ["በ", "ን", "ቤት", "TV"],
    "zu": ["i", "isiZulu", "SABC"],
    "und": ["kuća", "o'a", "ana"],
}
STYLES = [
    Style(),
    style_of(numbers="all"),
    style_of(punctuation="markdown"),
    style_of(punctuation="minimal"),
    style_of(case="free"),
    style_of(case="lower"),
    style_of(hyphens="pairs", brackets="parts"),
    style_of(numbers="none", punctuation="markdown"),
    style_of(numbers="all", punctuation="minimal", hyphens="pairs", units="words"),
    style_of(
        numbers="all",
        punctuation="markdown",
        case="free",
        hyphens="pairs",
        brackets="parts",
        units="words",
    ),
]
# Every language in the default style, and some in all of them.
LANGUAGES_AND_STYLES = [
    pytest.param(language, style, id=f"{language}-{'-'.join(style.key)}")
    for language in LISTS
    for style in (
        STYLES if language in ("en", "fr", "es", "de", "tr", "ar", "zh", "ro") else STYLES[:1]
    )
]
STOP = tiny.loaded().stop_ids[0]
TABLE = tiny.loaded().table
TREE = TokenTree(TABLE.bytes_of)
WALK = 12


def lexicon_of(language: str, style: Style) -> Lexicon:
    characters = style.units is Units.CHARACTERS and not orthography_for(language).spaced
    return Lexicon(LISTS[language], language, characters=characters)


def canonical(
    n: int, words: Sequence[str] = SPANISH, language: str = "es", **options: object
) -> TokenAutomaton:
    paths = WordPaths(Lexicon(words, language), TABLE, tiny.loaded().encode)
    return TokenAutomaton(paths, n, [STOP], **options)  # type: ignore[arg-type]


def spelling(n: int, words: Sequence[str] = SPANISH, language: str = "es") -> SpellingAutomaton:
    vocabulary = Vocabulary("test", Lexicon(words, language), n)
    return SpellingAutomaton(vocabulary.automaton, TABLE, TokenByteTrie(TABLE), [STOP])


def in_style(
    kind: str, language: str, style: Style, finish: Finish = Finish.SENTENCE
) -> ConstraintSession:
    """All of a language's words."""
    lexicon = lexicon_of(language, style)
    if kind == "canonical":
        paths = WordPaths(lexicon, TABLE, tiny.loaded().encode)
        return TokenAutomaton(paths, len(lexicon), [STOP], style=style, finish=finish)
    automaton = Vocabulary("test", lexicon, len(lexicon), style).automaton
    return SpellingAutomaton(automaton, TABLE, TokenByteTrie(TABLE), [STOP], finish=finish)


def encode(text: str) -> list[int]:
    ids: list[int] = tiny.tokenizer().encode(text, add_special_tokens=False)
    return ids


def chosen(choice: random.Random, ways: set[int]) -> int:
    """Choose a token; half of the time one without a letter."""
    marks = {
        token
        for token in ways
        if not any(c.isalpha() for c in TABLE.bytes_of[token].decode(errors="replace"))
    }
    return choice.choice(sorted(marks if marks and choice.random() < 0.5 else ways))


def compare_all_paths(
    session: SpellingAutomaton, oracle: SpellingOracle, walks: int, *, by_trying: bool = False
) -> int:
    """Compare allowed sets along random walks. Return the number of states compared."""
    choice = random.Random(walks)
    follows = oracle.follows_by_trying if by_trying else oracle.follows
    for _ in range(walks):
        state, part = session.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = TABLE.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {STOP} == follows(part), text
            assert (STOP in found) == oracle.may_end(part), text
            tokens.append(chosen(choice, found - {STOP}))
            state, part = session.advance(state, tokens[-1]), oracle.advance(part, tokens[-1])
    return walks * WALK


def compare_canonical_paths(session: TokenAutomaton, oracle: CanonicalOracle, walks: int) -> int:
    choice = random.Random(walks)
    for _ in range(walks):
        state, parts = session.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = TABLE.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {STOP} == oracle.follows(parts), text
            assert (STOP in found) == oracle.may_end(parts), text
            tokens.append(chosen(choice, found - {STOP}))
            state, parts = session.advance(state, tokens[-1]), oracle.advance(parts, tokens[-1])
    return walks * WALK


@pytest.mark.parametrize("n", [1, 3, 10, len(SPANISH)])
def test_all_paths_equal_every_token_tried_in_every_state(n: int) -> None:
    oracle = SpellingOracle(Definition(SPANISH[:n], "es"), TREE)
    assert compare_all_paths(spelling(n), oracle, walks=25, by_trying=True) == 300


@pytest.mark.parametrize(("language", "style"), LANGUAGES_AND_STYLES)
def test_all_paths_equal_the_definition(language: str, style: Style) -> None:
    session = in_style("all", language, style)
    assert isinstance(session, SpellingAutomaton)
    definition = Definition(LISTS[language], language, style)
    compare_all_paths(session, SpellingOracle(definition, TREE), walks=6)


@pytest.mark.parametrize("n", [1, 3, 10, len(SPANISH)])
def test_canonical_paths_equal_the_definition_for_every_n(n: int) -> None:
    definition = Definition(SPANISH[:n], "es")
    oracle = CanonicalOracle(definition, TABLE.bytes_of, tiny.loaded().encode, SPANISH)
    assert compare_canonical_paths(canonical(n), oracle, walks=25) == 300


@pytest.mark.parametrize(("language", "style"), LANGUAGES_AND_STYLES)
def test_canonical_paths_equal_the_definition(language: str, style: Style) -> None:
    if not orthography_for(language).spaced:
        return  # its tokens have several words: such lists are written with all paths
    session = in_style("canonical", language, style)
    assert isinstance(session, TokenAutomaton)
    definition = Definition(LISTS[language], language, style)
    sample = [word for word in LISTS[language] if word[0].isalpha()]
    oracle = CanonicalOracle(definition, TABLE.bytes_of, tiny.loaded().encode, sample)
    compare_canonical_paths(session, oracle, walks=6)


def test_a_word_without_a_path_of_its_own_may_be_spelt_in_any_way() -> None:
    """To a tokenizer that lower-cases that is every word with a capital."""

    def lower_case(texts: Sequence[str]) -> list[list[int]]:
        return tiny.loaded().encode([text.lower() for text in texts])

    words = [*SPANISH, "María", "Hola"]
    session = TokenAutomaton(WordPaths(Lexicon(words, "es"), TABLE, lower_case), 13, [STOP])
    definition = Definition(words, "es")
    oracle = CanonicalOracle(definition, TABLE.bytes_of, lower_case, words)
    compare_canonical_paths(session, oracle, walks=25)
    after = session.advance(session.start, TABLE.ids_of[b"H"])
    assert len(session.allowed(after)) > 1


def test_canonical_paths_keep_a_model_out_of_prefix_traps() -> None:
    """With all paths ` c` may begin `como`; canonically only the token for the whole word may."""
    whole = encode(" como")
    trap = encode(" c")
    assert len(whole) == 1
    automaton = canonical(10)
    state = automaton.advance(automaton.start, encode("la")[0])
    allowed = automaton.allowed(state)
    assert whole[0] in allowed
    assert trap[0] not in allowed
    free = spelling(10)
    assert trap[0] in free.allowed(free.advance(free.start, encode("la")[0]))


def test_one_build_serves_every_n() -> None:
    paths = WordPaths(Lexicon(SPANISH, "es"), TABLE, tiny.loaded().encode)
    for n in (len(SPANISH), 3, 10, 1):
        view = TokenAutomaton(paths, n, [STOP])
        fresh = canonical(n)
        for text in ("", "hola", "la casa"):
            states = [automaton.start for automaton in (view, fresh)]
            rows = []
            for automaton, state in zip((view, fresh), states, strict=True):
                try:
                    for token in encode(text):
                        state = automaton.advance(state, token)
                    rows.append(automaton.allowed(state).tolist())
                except DeadEnd:
                    rows.append([])
            assert rows[0] == rows[1]


def test_a_token_that_is_not_allowed_is_a_dead_end() -> None:
    automaton = canonical(3)
    with pytest.raises(DeadEnd):
        automaton.advance(automaton.start, encode("perro")[0])


def test_what_follows_a_word_is_one_row_for_all_words() -> None:
    automaton = canonical(3)
    rows = []
    for word in ("hola", "casa"):
        state = automaton.start
        for token in encode(word):
            state = automaton.advance(state, token)
        rows.append(automaton.allowed(state))
    assert rows[0] is rows[1]


def test_rows_are_bounded() -> None:
    automaton = canonical(len(SPANISH), max_states=4)
    choice = random.Random(1)
    state = automaton.start
    for _ in range(60):
        ways = [token for token in automaton.allowed(state).tolist() if token != STOP]
        state = automaton.advance(state, choice.choice(ways))
    assert len(automaton._rows) <= 4
    assert automaton.state_count > 4


@pytest.mark.parametrize(("word", "language"), [("词", "zh"), ("नमस्ते", "hi"), ("naïveté", "fr")])
def test_words_in_pieces_of_characters_can_be_written(word: str, language: str) -> None:
    """lm-format-enforcer can never write these with this tokenizer."""
    for automaton in (canonical(1, [word], language), spelling(1, [word], language)):
        state = automaton.start
        for token in encode(word):
            assert token in automaton.allowed(state)
            state = automaton.advance(state, token)
        assert STOP in automaton.allowed(state)


# --- budgets -------------------------------------------------------------------------------------

LIMITS = (1, 5, 12, 25)
# From here on every language's sentence fits, spelt byte by byte.
ROOMY = 12


@pytest.mark.parametrize("finish", list(Finish))
@pytest.mark.parametrize("kind", ["canonical", "all"])
@pytest.mark.parametrize(("language", "style"), LANGUAGES_AND_STYLES)
def test_a_reply_ends_well_wherever_its_limit_is(
    language: str, style: Style, kind: str, finish: Finish
) -> None:
    if kind == "canonical" and not orthography_for(language).spaced:
        return  # `ConstraintFactory` gives such a language all paths
    lexicon = lexicon_of(language, style)
    reader = Vocabulary("test", lexicon, len(lexicon), style).automaton
    session = in_style(kind, language, style, finish)
    choice = random.Random(language)
    for limit in LIMITS:
        tokens: list[int] = []
        state = session.start
        for produced in range(limit):
            ways = set(session.allowed(state, limit - produced).tolist())
            if ways == {STOP}:
                break
            tokens.append(chosen(choice, ways - {STOP}))
            state = session.advance(state, tokens[-1])
        if limit < ROOMY:
            continue  # no dead end so far; a word may be longer
        text = TABLE.text(tokens).decode()
        reached = reader.read(text)
        assert reached is not None
        assert reader.is_whole(reached), text
        if finish is Finish.SENTENCE:
            assert reader.ends_sentence(reached), text


@pytest.mark.parametrize("finish", list(Finish))
@pytest.mark.parametrize("limit", [4, 5, 6, 7, 8, 12, 20])
def test_a_short_reply_of_short_words_ends_well(finish: Finish, limit: int) -> None:
    words = Vocabulary("test", Lexicon(SPANISH, "es"), len(SPANISH))
    choice = random.Random(limit)
    automaton = canonical(len(SPANISH), finish=finish)
    for _ in range(60):
        state = automaton.start
        tokens: list[int] = []
        for produced in range(limit):
            token = choice.choice(automaton.allowed(state, limit - produced).tolist())
            if token == STOP:
                break
            state = automaton.advance(state, token)
            tokens.append(token)
        text = TABLE.text(tokens).decode()
        reached = words.automaton.read(text)
        assert reached is not None
        assert words.automaton.is_whole(reached), text
        if finish is Finish.SENTENCE and len(tokens) == limit:
            assert words.automaton.ends_sentence(reached), text


def test_without_a_token_for_every_byte_replies_are_cut_anywhere() -> None:
    """The bound counts bytes, so it holds only where each has a token."""
    lacking = TokenTable(tiny.tokenizer().backend_tokenizer.to_str())
    (full_stop,) = encode(".")
    del lacking.bytes_of[full_stop]
    automaton = Vocabulary("test", Lexicon(SPANISH, "es"), 3).automaton
    session = SpellingAutomaton(automaton, lacking, TokenByteTrie(lacking), [STOP])
    assert session.allowed(session.start, 1).tolist() == session.allowed(session.start).tolist()
    whole = spelling(3)
    assert len(whole.allowed(whole.start, 2)) < len(whole.allowed(whole.start))


def test_far_from_the_limit_nothing_is_kept_back() -> None:
    automaton = canonical(len(SPANISH))
    assert automaton.allowed(automaton.start, 500) is automaton.allowed(automaton.start)


def test_a_sentence_is_not_begun_with_too_few_tokens_left() -> None:
    automaton = canonical(len(SPANISH))
    state = automaton.start
    for token in encode("Hola."):
        state = automaton.advance(state, token)
    assert automaton.allowed(state, 3).tolist() == [STOP]
    assert len(automaton.allowed(state, 50)) > 1


Place = tuple[
    State, TextState | None, bytes
]  # the automaton's state, the reader's, half a character


class Exhaustive:
    """The tokens that end in time, found by trying every continuation to its end."""

    def __init__(self, session: TokenAutomaton, reader: TextAutomaton) -> None:
        self._session, self._reader = session, reader
        self._goals = (reader.ends_sentence, reader.can_end, reader.is_whole)
        self._known: dict[tuple[Place, int, int], bool] = {}
        self.start: Place = session.start, reader.start, b""

    def after(self, place: Place, token: int) -> Place:
        state, read, partial = place
        data = partial + TABLE.bytes_of[token]
        try:
            text, partial = data.decode(), b""
        except UnicodeDecodeError as error:
            text, partial = data[: error.start].decode(), data[error.start :]
        return self._session.advance(state, token), self._reader.read(text, read), partial

    def kept(self, place: Place, left: int) -> set[int]:
        ways = set(self._session.allowed(place[0]).tolist())
        if STOP in ways and self._is_good(place, 0):
            return {STOP}
        for goal in range(len(self._goals)):
            kept = {
                way
                for way in ways
                if way == STOP or self._ends(self.after(place, way), left - 1, goal)
            }
            if kept:
                return kept
        return ways

    def _is_good(self, place: Place, goal: int) -> bool:
        _, read, partial = place
        return read is not None and not partial and self._goals[goal](read)

    def _ends(self, place: Place, left: int, goal: int) -> bool:
        """True if `left` tokens can lead to a place where the reply may be cut."""
        if self._is_good(place, goal) or left == 0:
            return self._is_good(place, goal)
        key = place, left, goal
        if key not in self._known:
            ways = self._session.allowed(place[0]).tolist()
            self._known[key] = any(
                self._ends(self.after(place, way), left - 1, goal) for way in ways if way != STOP
            )
        return self._known[key]


@pytest.mark.parametrize("left", [1, 2])  # farther off, the distances are upper bounds
def test_near_the_limit_just_those_tokens_are_kept_that_can_still_end_well(left: int) -> None:
    reader = Vocabulary("test", Lexicon(SPANISH, "es"), len(SPANISH)).automaton
    session = canonical(len(SPANISH))
    oracle = Exhaustive(session, reader)
    choice = random.Random(left)
    for _ in range(12):
        place = oracle.start
        for _ in range(WALK):
            kept = session.allowed(place[0], left).tolist()
            assert len(set(kept)) == len(kept)
            assert set(kept) == oracle.kept(place, left)
            ways = set(session.allowed(place[0]).tolist()) - {STOP}
            place = oracle.after(place, chosen(choice, ways))
