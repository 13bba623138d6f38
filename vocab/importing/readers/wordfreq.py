"""The lists of the library wordfreq: gzip, msgpack, and words by steps of a hundredth of a bel."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgpack

from vocab.importing.proposal import Ranking, Role, Row, Table
from vocab.importing.source import MAX_UNPACKED_BYTES, Source
from vocab.words.parse import WordlistError

GZIP = b"\x1f\x8b"


def matches(source: Source) -> bool:
    return source.data.startswith(GZIP)


def read(source: Source) -> Table:
    """Raises WordlistError for other gzip files."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(source.data, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise WordlistError(f"the file is a damaged gzip archive: {error}") from error
    if unpacker.unconsumed_tail:
        raise WordlistError(
            f"the file unpacks to more than {MAX_UNPACKED_BYTES:,} bytes, which is the limit"
        )
    try:
        content = msgpack.unpackb(
            data, max_array_len=source.limits.max_lines, max_map_len=10, max_ext_len=0
        )
        header, *bins = content
        if header["format"] != "cB":
            raise ValueError(header)
    # msgpack raises many kinds of errors for what is not msgpack.
    except Exception as error:
        raise WordlistError(
            "this gzip archive has no list of wordfreq (cB): unpack it and choose the file inside"
        ) from error
    return Table(
        _rows(bins),
        "a frequency list of wordfreq",
        names=("word",),
        roles={0: Role.WORD},
        ranking=Ranking.ORDER,
    )


def _rows(bins: list[object]) -> Iterator[Row]:
    number = 0
    for words in bins:
        for word in words if isinstance(words, list) else ():
            number += 1
            yield Row(number, (str(word),))
