"""The model itself, without a list, reads a reply that was written under one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from benchmarks.quality.text_marks import SENTENCE_END
from generation.constraint.session import ConstraintSession, DeadEnd
from generation.engine.decoding.run import DecodingInput
from generation.engine.loading.model import LoadedModel

# A sentence ends naturally where the model gives its end at least this probability.
NATURAL = 0.05
CHUNK = 32  # tokens of a reply, because each has scores for the whole vocabulary


@dataclass
class Read:
    """Sums over the tokens of a reply, in nats.

    nats: -log p. tax: -log p less the entropy in the same place, which is what the model's own
    choice would cost. lost: -log of the probability that the list leaves.
    ends_well: The last sentence ends where the model gives its end NATURAL or more.
    """

    nats: float = 0.0
    tax: float = 0.0
    lost: float = 0.0
    ends_well: bool = False


class Judge:
    """model: The weights that wrote the text. temperature: The one that it was written at."""

    def __init__(self, model: Any, loaded: LoadedModel, temperature: float) -> None:
        self._model = model
        self._loaded = loaded
        self._temperature = temperature

    def read(self, given: DecodingInput, text: str, *, stopped: bool) -> Read:
        """given: The prompt and the constraint. stopped: The reply ended by itself.

        The text is encoded again, because not every way of writing it keeps its tokens.
        """
        (reply,) = self._loaded.encode([text])
        if stopped:
            reply.append(self._loaded.stop_ids[0])
        session: ConstraintSession | None = given.session
        last_end = max((at for at, token in enumerate(reply) if token in self._ends), default=-1)
        found, state = Read(), given.start
        with torch.inference_mode():
            batch = torch.tensor([[*given.prompt, *reply]])
            logits = self._model(batch, logits_to_keep=len(reply) + 1).logits[0, :-1]
            for at in range(0, len(reply), CHUNK):
                scores = logits[at : at + CHUNK].float()
                logprobs = (scores / self._temperature).log_softmax(-1)
                tokens = torch.tensor(reply[at : at + CHUNK])
                nats = -logprobs.gather(1, tokens[:, None])[:, 0]
                entropy = -(logprobs.exp() * logprobs).sum(-1)
                found.nats += float(nats.sum())
                found.tax += float((nats - entropy).sum())
                if at <= last_end < at + CHUNK:
                    ending = scores[last_end - at].softmax(-1)[self._end_ids].sum()
                    found.ends_well = float(ending) >= NATURAL
                if session is None:
                    continue
                for row, token in zip(logprobs, tokens.tolist(), strict=True):
                    allowed = torch.from_numpy(session.allowed(state))
                    found.lost -= float(row[allowed].logsumexp(-1))
                    if token in self._loaded.stop_ids:
                        break
                    try:
                        state = session.advance(state, token)
                    except DeadEnd:  # the tokenizer's tokens for the text are others
                        session = None
                        break
        return found

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens with which a sentence ends."""
        marks = {
            token
            for token, data in self._loaded.table.bytes_of.items()
            if SENTENCE_END.match(data.decode(errors="replace").lstrip())
        }
        return frozenset(marks | set(self._loaded.stop_ids))

    @cached_property
    def _end_ids(self) -> torch.Tensor:
        return torch.from_numpy(np.array(sorted(self._ends)))
