"""From the bytes of tokens to text that can be sent: whole characters, whole words, and nothing of
a stop string.
"""

from __future__ import annotations

import codecs
import copy
from collections.abc import Sequence

from generation.engine.processors.stop_strings import StopStrings
from vocab.words.segmenting.verifier import SegmentVerifier
from vocab.words.surroundings import START, BoundaryState
from vocab.words.text_automaton import Configuration, TextAutomaton, TextState

REPLACEMENT = "\ufffd"  # stands for bytes that are no character


class Detokenizer:
    """Holds text back until it is final.

    With an automaton, only whole words are sent: the start of a word waits for the rest, so that
    the sent text is whole words wherever the reply is cut. Text that may begin a stop string waits
    too, and so does U+FFFD, because a reply that was cut must not end with a part of a character.
    When a stop string is complete, `stopped` is true and the text ends before it; with an
    automaton it ends after the last whole word before it.

    segment_verifier: Decides whether a segmenter cuts the text into listed words.
    at: The state between words in which the text begins.
    """

    def __init__(
        self,
        automaton: TextAutomaton | None,
        stop: Sequence[str] = (),
        segment_verifier: SegmentVerifier | None = None,
        at: BoundaryState = START,
    ) -> None:
        self._automaton = automaton
        self._segment_verifier = segment_verifier
        self._stop_strings = StopStrings(stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._state: TextState | None = frozenset({Configuration(at)})
        self._held = ""  # decoded, not sent
        self._word_ends = [0] if automaton else []  # prefix lengths of `_held` that end whole words
        self.sent = ""
        self.stopped = False

    def fork(self) -> Detokenizer:
        """Return a copy, which may be given other text."""
        twin = copy.copy(self)
        twin._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        twin._decoder.setstate(self._decoder.getstate())
        twin._word_ends = list(self._word_ends)
        return twin

    def push(self, data: bytes, *, may_stop: bool = True) -> str:
        """Return the text that becomes final with these bytes, often "".

        may_stop: False while a stop string must not end the reply.
        """
        return self._take(self._decoder.decode(data), may_stop)

    def finish(self) -> str:
        """Return the rest at the end of the reply, for example the start of a stop string."""
        if self.stopped:
            return ""
        return self._send(self._last_word_end(len(self._held)))

    def _take(self, text: str, may_stop: bool) -> str:
        if self.stopped:
            return ""
        old = len(self._held)
        self._held += text
        if self._automaton is not None:
            self._advance(self._automaton, text, old)
        end = self._stop_strings.find(self._held, old) if may_stop else None
        if end is not None:
            self.stopped = True
            return self._send(self._last_word_end(end))
        pending = self._stop_strings.pending(self._held)
        return self._send(self._last_word_end(len(self._held) - pending))

    def _advance(self, automaton: TextAutomaton, text: str, at: int) -> None:
        assert self._state is not None  # noqa: S101
        self._state, word_ends = automaton.step_text(self._state, text)
        if self._state is None:
            raise OutsideVocabulary(self.sent + self._held[: at + len(text)])
        self._word_ends += [at + length for length in word_ends]

    def _last_word_end(self, limit: int) -> int:
        """Return the longest length up to `limit` whose text can be sent."""
        if self._automaton is None:
            # The bytes of an incomplete character, which no reply ends with.
            return len(self._held[:limit].rstrip(REPLACEMENT))
        lengths = (length for length in reversed(self._word_ends) if length <= limit)
        return next(filter(self._is_listed, lengths), 0)

    def _is_listed(self, length: int) -> bool:
        text = self.sent + self._held[:length]
        return self._segment_verifier is None or self._segment_verifier.accepts(
            text, len(self.sent)
        )

    def _send(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        self._word_ends = [end - length for end in self._word_ends if end >= length]
        self.sent += text
        return text


class OutsideVocabulary(RuntimeError):
    """The mask allowed a text that the automaton does not accept: an error of this program."""
