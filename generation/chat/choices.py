"""The choices of one request in the engine: queued, waited for and given up together.

Chat and batch both go through here, so that `n`, seeds and failures mean the same in both.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.chat.chat_request import choices_of
from generation.engine.contract import Completion, GenerationRequest
from generation.engine.handle import Handle
from generation.serving.engine_provider import get_engine


class Choices:
    """handles: one, which makes all `n` choices, or n of them."""

    def __init__(self, handles: Sequence[Handle], n: int) -> None:
        self.handles = handles
        self.copies = n // len(handles)
        self.n = n

    @classmethod
    def submit(cls, request: GenerationRequest, n: int) -> Choices:
        """Queue all of them or none. Raises EngineBusy."""
        return cls(get_engine().submit_all(choices_of(request, n)), n)

    @property
    def is_over(self) -> bool:
        """All have ended, or one has failed, which is the end of the others too."""
        return any(handle.failed for handle in self.handles) or all(
            handle.done for handle in self.handles
        )

    @property
    def has_text(self) -> bool:
        return any(handle.has_text for handle in self.handles)

    def completions(self) -> list[Completion]:
        """Once it is over: one for each choice. Raises what made one fail."""
        # Those that have not ended are behind one that has failed.
        ended = [handle.result() for handle in self.handles if handle.done]
        return ended * self.copies

    def cancel(self) -> None:
        for handle in self.handles:
            if not handle.done:
                handle.cancel()
