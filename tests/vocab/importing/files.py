"""Makes small files in the formats that people have."""

from __future__ import annotations

from typing import Any

from vocab.importing.convert import Conversion, convert
from vocab.importing.proposal import Options, Proposal
from vocab.importing.sniff import sniff


def read(
    content: str | bytes, name: str = "list.txt", language: str = "es", **options: Any
) -> tuple[Proposal, Conversion]:
    """Propose and convert."""
    data = content.encode() if isinstance(content, str) else content
    proposal = sniff(data, name, Options(language=language, **options))
    return proposal, convert(data, proposal, filename=name)


def words_of(
    content: str | bytes, name: str = "list.txt", language: str = "es", **options: Any
) -> list[str]:
    return read(content, name, language, **options)[1].words
