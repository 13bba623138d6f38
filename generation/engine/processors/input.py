"""From a request to the input of its decoding run: parameters, prompt and constraint."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Literal

from generation.constraint.factory import ConstraintFactory
from generation.constraint.lengths.count import WordCounter
from generation.constraint.lengths.groups import GroupingSession
from generation.constraint.lengths.session import LengthSession
from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import ConstraintSession, DeadEnd, WordSession
from generation.constraint.stats import ConstraintStats
from generation.engine.contract import (
    GenerationRequest,
    InvalidRequest,
    ModelUnavailable,
    NoContinuation,
    PromptTooLong,
    Sampling,
    prompt_size,
)
from generation.engine.decoding.escapes import Escapes, escapes_of
from generation.engine.decoding.length_ends import LengthEnds
from generation.engine.decoding.repeated_sentences import SentenceTokens
from generation.engine.decoding.run import DecodingInput, is_random
from generation.engine.decoding.sentence_ends import SentenceEnds
from generation.engine.loading.model import LoadedModel
from generation.engine.processors import leading_space
from generation.engine.processors.chat_template import AnswerStart, ChatTemplate
from generation.engine.processors.prompt import Prompt, build_prompt
from generation.engine.processors.raw_prompt import build_raw_prompt
from generation.engine.processors.stop_strings import StopTokens
from vocab.words.segmenting.segmenters import SegmenterMissing
from vocab.words.surroundings import BEFORE_START, START, BoundaryState, state_after
from vocab.words.text_limits import TextLimits
from vocab.words.vocabulary import Vocabulary

SEED_BITS = 63
WARM_WORDS = 16
# With this few tokens left, the constraint computes the distance to an end for every state.
FEW_TOKENS = 2
# A prompt of this size is rendered and encoded within milliseconds.
MAX_QUICK_CHARS = 8_000
NO_THOUGHTS = (
    "The model's chat template has no thoughts that end with a token of their own, so they cannot"
    " be split from the answer."
)
MAX_NAMED = 20  # invalid ids that an error message lists


class InputProcessor:
    """Any thread may use it.

    max_input_tokens: Maximum length of a prompt; the model's context limits it as well.
    truncate: Drop the start of a longer prompt instead of refusing it. A request may say otherwise.
    can_draw_words: False if the decoder draws each token by itself.
    enable_thinking: Raise ModelUnavailable if the chat template cannot split thoughts.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        max_input_tokens: int,
        truncate: bool,
        enable_thinking: bool = False,
        constraint_engine: str = "automaton",
        max_cached_states: int = 20_000,
        can_draw_words: bool = True,
    ) -> None:
        self._loaded = loaded
        self._template = ChatTemplate(loaded.tokenizer)
        bos_id: int | None = loaded.tokenizer.bos_token_id
        self._separator = loaded.stop_ids[0] if bos_id is None else bos_id
        self.max_input_tokens = max_input_tokens
        self._truncate = truncate
        self._can_draw_words = can_draw_words
        if enable_thinking and self._template.thinking is None:
            raise ModelUnavailable(f"ENABLE_THINKING: {NO_THOUGHTS}")
        # By the marks that end sentences: many languages have the same ones.
        self._sentence_tokens: dict[tuple[frozenset[str], bool], SentenceTokens] = {}
        self._constraints = ConstraintFactory(
            loaded.table,
            loaded.encode,
            loaded.stop_ids,
            engine=constraint_engine,
            max_states=max_cached_states,
        )

    @cached_property
    def _escapes(self) -> Escapes:
        return escapes_of(self._loaded.table)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of this model's prompts, in sentences."""
        return self._template.notes()

    @property
    def constraints(self) -> ConstraintStats:
        return self._constraints.stats

    def prepare(
        self, request: GenerationRequest, cancelled: Callable[[], bool] = lambda: False
    ) -> DecodingInput:
        """Raises EngineError: GenerationCancelled if `cancelled` returns True meanwhile."""
        sampling = _checked(request.sampling, self._loaded.vocabulary_size)
        if sampling.seed is None:
            sampling = replace(sampling, seed=secrets.randbits(SEED_BITS))
        prompt = self._prompt(request, cancelled)
        session = self._limited(self._session(request), request)
        if sampling.particles > 1 and isinstance(session, SegmentedSession):
            raise InvalidRequest(
                "vocab_particles: they cannot take words back, which vocab_units=words needs in"
                " this language. Leave out one of the two.",
                "vocab_particles",
            )
        return DecodingInput(
            prompt.ids,
            replace(sampling, unit=self._unit(request, session)),
            session,
            self._stop_ids(request),
            marks=self._loaded.table.marks if session else None,
            continuing=self._loaded.table.continuing if session else None,
            ends_text=StopTokens(sampling.stop, self._loaded.table) if any(sampling.stop) else None,
            escapes=self._escapes if session else None,
            mask_seconds=self._constraints.stats.masks,
            prompt_truncated=prompt.truncated,
            at=self._beginning(request, prompt.ids),
            ends=self._ends(session, request, sampling),
            sentences=self._sentences(request),
            bytes_of=self._loaded.table.bytes_of,
            length_ends=self._length_ends(session),
        )

    def _sentences(self, request: GenerationRequest) -> SentenceTokens | None:
        """Return what finds sentences that are said twice; None if they may be."""
        words = request.vocabulary
        if words is None or request.sampling.repeat_sentences:
            return None
        orthography = words.lexicon.orthography
        marks = frozenset(end for end in orthography.sentence_ends if len(end) == 1)
        key = marks, orthography.spaced
        if key not in self._sentence_tokens:
            self._sentence_tokens[key] = SentenceTokens(
                self._loaded.table, marks, spaced=orthography.spaced
            )
        return self._sentence_tokens[key]

    def _ends(
        self, session: ConstraintSession | None, request: GenerationRequest, sampling: Sampling
    ) -> SentenceEnds | None:
        """Return where the reply may end at its limit; None if it may be cut after any word."""
        # Who scores a prompt counts tokens, so none of the reply may be left out then.
        scores = sampling.prompt_logprobs is not None
        if session is None or request.finish != "sentence" or scores:
            return None
        return SentenceEnds(
            session,
            self._loaded.table,
            max_tokens=sampling.max_tokens,
            min_tokens=sampling.min_tokens,
        )

    def _length_ends(self, session: ConstraintSession | None) -> LengthEnds | None:
        inner = session.inner if isinstance(session, SegmentedSession) else session
        if session is None or not isinstance(inner, LengthSession):
            return None
        return LengthEnds(session, inner, self._loaded.table)

    def _session(
        self, request: GenerationRequest, *, ahead: bool = False
    ) -> ConstraintSession | None:
        if request.vocabulary is None:
            return None
        try:
            return self._constraints.session(
                request.vocabulary,
                token_paths=request.token_paths,
                finish=request.finish,
                ahead=ahead,
            )
        except DeadEnd as error:
            raise no_continuation("") from error
        except SegmenterMissing as error:
            raise InvalidRequest(f"vocab_units: {error}") from error

    def _limited(
        self, session: ConstraintSession | None, request: GenerationRequest
    ) -> ConstraintSession | None:
        """Return the constraint that also keeps to the request's numbers of words."""
        words, limits = request.vocabulary, request.limits
        if session is None or words is None or limits is None:
            return session
        counter = WordCounter(words.lexicon.orthography, words.words)
        if isinstance(session, SegmentedSession):
            return session.around(partial(self._with_limits, counter=counter, limits=limits))
        return self._with_limits(session, counter=counter, limits=limits)

    def _with_limits(
        self, session: ConstraintSession, *, counter: WordCounter, limits: TextLimits
    ) -> LengthSession:
        if not isinstance(session, GroupingSession):
            raise InvalidRequest(
                "vocab_reply_words and vocab_sentence_words need the automaton as the constraint"
                " engine, and a vocab_ban without phrases of several words.",
                "vocab_reply_words",
            )
        return LengthSession(session, self._loaded.table, counter, limits)

    def draws_words(self, request: GenerationRequest, session: ConstraintSession | None) -> bool:
        """True if the reply is drawn word by word. session: The request's constraint."""
        words = self._unit(request, session) == "words"
        return words and is_random(request.sampling)

    def _unit(
        self, request: GenerationRequest, session: ConstraintSession | None
    ) -> Literal["tokens", "words"]:
        """Raises InvalidRequest if words are asked for and cannot be drawn."""
        sampling, words = request.sampling, request.vocabulary
        has_words = words is not None and words.spaced and isinstance(session, WordSession)
        if sampling.unit is None:
            possible = has_words and self._can_draw_words and sampling.rows == 1
            return "words" if possible and is_random(sampling) else "tokens"
        if sampling.unit == "words" and session is not None and not has_words:
            raise InvalidRequest(
                "vocab_sampling: words can be drawn only in languages with spaces, and with the"
                " automaton as the constraint engine.",
                "vocab_sampling",
            )
        return sampling.unit

    def has_to_build(self, request: GenerationRequest) -> bool:
        """True if `prepare` takes long: the wordlist is not built yet, or the prompt is long."""
        if prompt_size(request) > MAX_QUICK_CHARS:
            return True
        return request.vocabulary is not None and not self._constraints.knows(
            request.vocabulary, token_paths=request.token_paths, finish=request.finish
        )

    def build(self, request: GenerationRequest) -> ConstraintSession | None:
        """Build what a reply under the request's wordlist needs. Raises EngineError."""
        session = self._session(request, ahead=True)
        if session is not None and request.vocabulary is not None:
            # Computes the distances to an end.
            session.allowed(session.start_at(self._answer_start), FEW_TOKENS)
            request.vocabulary.automaton.build()  # the detokenizer checks the text with it
        return session

    def warm(self, vocabulary: Vocabulary) -> ConstraintSession:
        """Visit the states that nearly every reply under this wordlist passes: the start, the most
        frequent words, the states after a word and after a sentence.

        Warms requests with the default `token_paths` and `finish`. Raises DeadEnd if the model's
        tokens cannot write the wordlist, and SegmenterMissing.
        """
        usual = GenerationRequest(messages=(), sampling=Sampling(max_tokens=1))
        session = self._constraints.session(
            vocabulary, token_paths=usual.token_paths, finish=usual.finish
        )
        start = session.start_at(self._answer_start)
        session.allowed(start, FEW_TOKENS)
        vocabulary.automaton.build()
        space = " " * (self._answer_start == BEFORE_START)
        texts = [f"{space}{word} {word}." for word in vocabulary.words[:WARM_WORDS]]
        for path in self._loaded.encode(texts):
            state = start
            for token in path:
                if token not in session.allowed(state):
                    break  # the word has another path in this place
                state = session.advance(state, token)
        return session

    def _prompt(self, request: GenerationRequest, cancelled: Callable[[], bool]) -> Prompt:
        available = self._loaded.context - request.sampling.max_tokens - request.reserve
        limit = min(self.max_input_tokens + request.added, available)
        if limit < 1:
            raise PromptTooLong(self._loaded.context, self._loaded.context - available)
        truncate = self._truncate if request.truncate is None else request.truncate
        if request.prompt is not None:
            self._check_ids(request.prompt)
            return build_raw_prompt(
                self._template,
                request.prompt,
                limit=limit,
                truncate=truncate,
                separator=self._separator,
            )
        return build_prompt(
            self._template,
            request.messages,
            limit=limit,
            truncate=truncate,
            start=self._start(request),
            cancelled=cancelled,
        )

    def _start(self, request: GenerationRequest) -> AnswerStart:
        template = self._template
        if request.thinking == "off":
            return template.answer()
        if template.thinking is None:
            where = "chat_template_kwargs.enable_thinking"
            raise InvalidRequest(f"{where}: {NO_THOUGHTS}", where)
        if request.thinking == "open":
            return template.thought()
        return template.answer_after(request.thought)

    def _stop_ids(self, request: GenerationRequest) -> frozenset[int]:
        stop_ids = frozenset(self._loaded.stop_ids)
        thinking = self._template.thinking if request.thinking == "open" else None
        return stop_ids if thinking is None else stop_ids | {thinking.end}

    def _check_ids(self, prompt: str | tuple[int, ...]) -> None:
        """Raises InvalidRequest for a token id that does not exist."""
        for position, token in enumerate(prompt if isinstance(prompt, tuple) else ()):
            if not 0 <= token < self._loaded.vocabulary_size:
                raise InvalidRequest(
                    f"prompt: the model's token ids are 0 to {self._loaded.vocabulary_size - 1};"
                    f" the id at position {position} is {token}.",
                    "prompt",
                )

    def _beginning(self, request: GenerationRequest, ids: Sequence[int]) -> BoundaryState:
        """Return the state between words in which the reply begins.

        A reply that continues a text begins where the text ends. A control token ends every text.
        """
        if request.prompt is None:
            return self._answer_start
        table = self._loaded.table
        controls = (
            index for index in reversed(range(len(ids))) if ids[index] not in table.bytes_of
        )
        last = next(controls, -1)
        spaced = leading_space.begins_texts(self._template, table, ids[: last + 1])
        if last == len(ids) - 1:
            return BEFORE_START if spaced else START
        if request.vocabulary is None:
            return START
        text = table.text(ids[last + 1 :]).decode(errors="replace")
        return state_after(
            request.vocabulary.automaton.surroundings, text.removeprefix(" " * spaced)
        )

    @cached_property
    def _answer_start(self) -> BoundaryState:
        """The state in which an answer to a conversation begins."""
        spaced = leading_space.begins_answers(self._template, self._loaded.table)
        return BEFORE_START if spaced else START


def _checked(sampling: Sampling, vocabulary_size: int) -> Sampling:
    """Raises InvalidRequest, naming the parameter."""
    beams, groups = sampling.num_beams, sampling.num_beam_groups
    minimums: Sequence[tuple[str, float, float]] = (
        ("max_tokens", sampling.max_tokens, 0),
        ("num_beams", beams, 1),
        ("num_beam_groups", groups, 1),
        ("vocab_particles", sampling.particles, 1),
        ("temperature", sampling.temperature, 0),
        ("min_tokens", sampling.min_tokens, 0),
        ("logprobs", sampling.logprobs or 0, 0),
        ("logprobs", sampling.prompt_logprobs or 0, 0),
    )
    for name, given, minimum in minimums:
        if given < minimum:
            raise InvalidRequest(f"{name}: {given} is less than {minimum}.", name)
    if beams % groups:
        raise InvalidRequest(
            f"num_beam_groups: {beams} beams cannot be divided into {groups} equal groups.",
            "num_beam_groups",
        )
    if sampling.particles > 1 and (beams > 1 or sampling.temperature == 0):
        raise InvalidRequest(
            "vocab_particles: they need a temperature above 0 and one beam.", "vocab_particles"
        )
    if sampling.hypothesis >= beams:
        raise InvalidRequest(
            f"num_beams: a search of {beams} beams has no {sampling.hypothesis + 1} replies.",
            "num_beams",
        )
    if groups > 1 and sampling.temperature > 0:
        raise InvalidRequest(
            "num_beam_groups: groups of beams need temperature 0.", "num_beam_groups"
        )
    unknown = sorted(token for token in sampling.logit_bias if not 0 <= token < vocabulary_size)
    if unknown:
        shown = ", ".join(map(str, unknown[:MAX_NAMED]))
        more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
        raise InvalidRequest(
            f"logit_bias: the model's token ids are 0 to {vocabulary_size - 1};"
            f" these do not exist: {shown}{more}.",
            "logit_bias",
        )
    return sampling


def no_continuation(sent: str) -> NoContinuation:
    return NoContinuation(
        f"The model's tokens cannot continue {sent[-40:]!r} with words of the list."
    )
