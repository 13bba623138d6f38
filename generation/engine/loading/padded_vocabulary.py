"""Heads that are wider than the tokenizer's vocabulary.

Models pad their vocabulary to a round number: Qwen3 has 151,936 scores and 151,669 tokens. The
other ids have no text, so nothing may choose them.
"""

from __future__ import annotations

from typing import Any


def cut_logits(model: Any, vocabulary_size: int) -> None:
    """Make the model's forward pass return the scores of the first ids only.

    vocabulary_size: The tokenizer's highest id + 1.
    """
    if model.config.get_text_config().vocab_size <= vocabulary_size:
        return

    def cut(_module: Any, _arguments: Any, output: Any) -> Any:
        output.logits = output.logits[..., :vocabulary_size]
        return output

    model.register_forward_hook(cut)
