"""Marks that a model under a list writes where it may not write its word.

A mask multiplies the probability of all that it allows by 1/Z, also of tokens that begin no word:
line breaks inside a sentence, numbers, brackets and ellipses. Under a small list a reply is then
full of them. In a reply that is drawn by words such a token keeps the probability that the model
itself gives it, and the words, the sentence end and the end of the reply share the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.constraint.session import TokenIds
from generation.constraint.tokenizer.token_bytes import TokenTable

Flags = npt.NDArray[np.bool_]

_ESCAPE = re.compile(r"[\d()\[\]{}（）［］…]|\.\.")
# Where a digit is a token of its own, a number begins with a space alone.
_SPACE = re.compile(r"[ \u00a0\u202f]+")
_BREAK = re.compile(r"^[^.!?…:;。！？]*\n")
# After these marks a line break does not cut a sentence.
_SENTENCE_END = re.compile(r"[.!?…:;。！？\n][\s\"'”’»›)*_]*$")


@dataclass(frozen=True, slots=True)
class Escapes:
    """The tokens that are escapes, as [highest id + 1] flags.

    always: Numbers, brackets, ellipses. breaks: Line breaks, which are escapes inside a sentence.
    ends: Tokens after which no sentence is open.
    """

    always: Flags
    breaks: Flags
    ends: Flags

    def among(self, ids: TokenIds, last: int | None) -> Flags:
        """Return [n] flags which of the tokens are escapes.

        last: The token before them; None at the beginning of a reply.
        """
        known = np.where(ids < len(self.always), ids, 0)
        flags: Flags = self.always[known]
        if last is not None and not (last < len(self.ends) and self.ends[last]):
            flags = flags | self.breaks[known]
        return flags & (ids < len(self.always))


def escapes_of(table: TokenTable) -> Escapes:
    always, breaks, ends = (np.zeros(len(table.sizes), np.bool_) for _ in range(3))
    for token in table.letterless.tolist():
        text = table.bytes_of[token].decode(errors="replace")
        always[token] = bool(_ESCAPE.search(text) or _SPACE.fullmatch(text))
        breaks[token] = _BREAK.search(text) is not None
        ends[token] = _SENTENCE_END.search(text) is not None
    return Escapes(always, breaks, ends)
