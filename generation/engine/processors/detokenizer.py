"""From generated tokens to text that can be sent: whole characters, whole words under a list,
nothing of a stop string.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from vocab.words.segment_verdict import SegmentVerifier
from vocab.words.text_automaton import TextAutomaton, TextState


class Detokenizer:
    """Takes bytes as they come, gives out text that is final.

    Under an automaton nothing is given out that is not whole words, so that wherever a reply is
    cut, what was sent is whole: the start of a word waits until the word is complete. What may be
    the start of a stop string waits until it is none; `stopped` is true once one was found, and
    the text ends before it (under an automaton: with the last whole word before it).

    judge: says of whole words whether a segmenter finds listed words in them, too.
    """

    def __init__(
        self,
        automaton: TextAutomaton | None,
        stop: Sequence[str] = (),
        judge: SegmentVerifier | None = None,
    ) -> None:
        self._automaton = automaton
        self._judge = judge
        self._stop = tuple(filter(None, stop))
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._state: TextState | None = automaton.start if automaton else None
        self._held = ""  # decoded, not sent
        self._whole = [0] if automaton else []  # lengths of `_held` after which it is whole words
        self.sent = ""
        self.stopped = False

    @property
    def written(self) -> int:
        """Characters so far, what is held back included and one that is not yet whole not."""
        return len(self.sent) + len(self._held)

    def push(self, data: bytes, *, may_stop: bool = True) -> str:
        """Return the text that became final with these bytes, often none.

        may_stop: False while a stop string must not end the reply.
        """
        return self._take(self._decoder.decode(data), may_stop)

    def finish(self) -> str:
        """Return what is left at the end: a character cut in two, a stop string's start."""
        if self.stopped:
            return ""
        if self._automaton is not None:
            return self._send(self._last_whole(len(self._held)))
        self._held += self._decoder.decode(b"", final=True)
        return self._send(len(self._held))

    def _take(self, text: str, may_stop: bool) -> str:
        if self.stopped:
            return ""
        old = len(self._held)
        self._held += text
        if self._automaton is not None:
            self._advance(self._automaton, text, old)
        end = self._first_stop(old) if may_stop else None
        if end is not None:
            self.stopped = True
            return self._send(self._last_whole(end))
        return self._send(self._last_whole(len(self._held) - self._pending_stop()))

    def _advance(self, automaton: TextAutomaton, text: str, at: int) -> None:
        assert self._state is not None  # noqa: S101
        self._state, whole = automaton.step_text(self._state, text)
        if self._state is None:
            raise OutsideVocabulary(self.sent + self._held[: at + len(text)])
        self._whole += [at + length for length in whole]

    def _first_stop(self, new_from: int) -> int | None:
        """Where the earliest stop string begins in what is held. One that reaches into text that
        was already sent cannot be: its start would have been held back.
        """
        found = [
            at
            for stop in self._stop
            if (at := self._held.find(stop, max(0, new_from - len(stop) + 1))) >= 0
        ]
        return min(found, default=None)

    def _pending_stop(self) -> int:
        """How many characters at the end may yet turn out to begin a stop string."""
        longest = min(len(self._held), max(map(len, self._stop), default=0) - 1)
        for size in range(longest, 0, -1):
            tail = self._held[-size:]
            if any(stop.startswith(tail) for stop in self._stop):
                return size
        return 0

    def _last_whole(self, limit: int) -> int:
        if self._automaton is None:
            return limit
        whole = (length for length in reversed(self._whole) if length <= limit)
        return next(filter(self._is_listed, whole), 0)

    def _is_listed(self, length: int) -> bool:
        text = self.sent + self._held[:length]
        return self._judge is None or self._judge.accepts(text, len(self.sent))

    def _send(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        self._whole = [at - length for at in self._whole if at >= length]
        self.sent += text
        return text


class OutsideVocabulary(RuntimeError):
    """The mask let through what the automaton does not accept: a fault of ours."""
