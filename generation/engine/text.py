"""From generated tokens to text that can be sent: whole characters, whole words under a list."""

from __future__ import annotations

import codecs

from vocab.words.text import State, TextAutomaton


class TextStream:
    """Takes bytes as they come, gives out text that is final.

    Under an automaton nothing is given out that is not whole words, so that wherever a reply is
    cut, what was sent is whole: the start of a word waits until the word is complete.
    """

    def __init__(self, automaton: TextAutomaton | None) -> None:
        self._automaton = automaton
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._state: State | None = automaton.start if automaton else None
        self._held = ""
        self.sent = ""

    def push(self, data: bytes) -> str:
        """Return the text that became final with these bytes, often none."""
        text = self._decoder.decode(data)
        if self._automaton is None:
            self.sent += text
            return text
        ready = ""
        for character in text:
            assert self._state is not None  # noqa: S101
            self._state = self._automaton.step(self._state, character)
            if self._state is None:
                raise OutsideVocabulary(self.sent + self._held + character)
            self._held += character
            if self._automaton.is_whole(self._state):
                ready += self._held
                self._held = ""
        self.sent += ready
        return ready

    def finish(self) -> str:
        """Return what is left at the end: without an automaton, a character cut in two."""
        if self._automaton is not None:
            return ""
        text = self._decoder.decode(b"", final=True)
        self.sent += text
        return text


class OutsideVocabulary(RuntimeError):
    """The mask let through what the automaton does not accept: a fault of ours."""
