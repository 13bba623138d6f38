"""The sequences of one request in the batch: one row, or several for beam search."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from generation.constraint.session import TokenIds
from generation.engine.decoding.run import DecodingRun, SampledToken


class SequenceGroup(ABC):
    """A decoding run in the batch, and the receiver of its tokens.

    limit: Maximum number of columns of the key-value cache that a row of it needs.
    urgent: It goes before other groups and may preempt them.
    reachable: Sorted ids of all tokens that the constraint can ever allow, the same array for all
        groups with this constraint; None if every token is possible.
    keeps_prefix: Its tokens go to the prefix cache, because a later prompt may begin with them.
    owner: Name of the user who sent the request. Owners share the rows and the prefill.
    prompt_logprobs: Number of the likeliest tokens to report for each token of the prompt; None for
        no report. The group copies no prefix then, because a prefix has no logits.
    recomputes_prompt: It copies no prefix. A copied prefix may differ in the last bits from a
        computed one, so a seeded request gives the same text only without it.
    """

    def __init__(
        self,
        run: DecodingRun,
        *,
        limit: int,
        urgent: bool = True,
        reachable: TokenIds | None = None,
        keeps_prefix: bool = False,
        recomputes_prompt: bool = False,
        prompt_logprobs: int | None = None,
        owner: str = "",
    ) -> None:
        self.run = run
        self.limit = limit
        self.urgent = urgent
        self._reachable = reachable
        self.keeps_prefix = keeps_prefix
        self.recomputes_prompt = recomputes_prompt or prompt_logprobs is not None
        self.prompt_logprobs = prompt_logprobs
        self.prompt_tokens: list[SampledToken] = []  # scored so far, from the second one on
        self.owner = owner
        self.context: list[int] = []  # the tokens that prefill computes
        self.cached_tokens = 0  # of the context, copied from another group or from the prefix cache
        self.arrival = 0  # place in the order of arrival
        self.turn = 0  # of the prompts that wait for their prefill
        self.preemptions = 0
        self.ended = False

    @property
    def reachable(self) -> TokenIds | None:
        """The tokens whose scores the next step of the run needs; None for all."""
        return None if self.run.all_scores else self._reachable

    @abstractmethod
    def accept(self, tokens: Sequence[SampledToken]) -> bool:
        """Take the tokens of one step; return True to end the group now.

        Called between two passes, on the engine's thread.
        """

    @abstractmethod
    def fail(self, error: Exception) -> None:
        """The group has ended with this error. Called between two passes."""
