"""A file together with the choices of a person, as readers get it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from vocab.importing.decode import decode, find_encoding
from vocab.importing.proposal import Options
from vocab.words.parse import Limits, WordlistError

# Of an archive, so that a small file cannot fill the memory.
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
# Nobody's table has more, and each costs memory in every row.
MAX_COLUMNS = 500
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Source:
    """filename: Only its ending is used."""

    data: bytes
    filename: str
    options: Options
    limits: Limits

    def __post_init__(self) -> None:
        if len(self.data) > self.limits.max_bytes:
            raise WordlistError(
                f"the file has {len(self.data):,} bytes; at most {self.limits.max_bytes:,} are"
                " accepted"
            )

    def ends_with(self, *endings: str) -> bool:
        return self.filename.lower().endswith(endings)

    @cached_property
    def encoding(self) -> str | None:
        """None for a file that is not text."""
        return self.options.encoding or find_encoding(self.data, self.options.language)

    @cached_property
    def text(self) -> str:
        """The decoded file, with "\\n" at line ends.

        Raises WordlistError for a file that is not text or has too many lines.
        """
        if self.encoding is None:
            raise WordlistError(
                "this is not a text file, and not one of the other formats that can be read"
            )
        text = decode(self.data, self.encoding)
        self.check_rows(text.count("\n") + 1)
        return text

    def check_rows(self, count: int) -> None:
        """Raise WordlistError if there are too many lines or rows."""
        if count > self.limits.max_lines:
            raise WordlistError(
                f"the file has {count:,} lines; at most {self.limits.max_lines:,} are accepted"
            )

    @property
    def is_text(self) -> bool:
        return self.encoding is not None

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines with their numbers. A final newline does not begin another line."""
        return enumerate(self.text.removesuffix("\n").split("\n"), start=1)

    @cached_property
    def archive(self) -> zipfile.ZipFile | None:
        """The file as a ZIP archive; None if it is none.

        Raises WordlistError if it would unpack to too much. `zipfile` never unpacks more of a
        member than the size that is checked here.
        """
        if not self.data.startswith(ZIP):
            return None
        try:
            archive = zipfile.ZipFile(BytesIO(self.data))
            sizes = [member.file_size for member in archive.infolist()]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise WordlistError(f"the file is a damaged archive: {error}") from error
        if sum(sizes) > MAX_UNPACKED_BYTES:
            raise WordlistError(
                f"the file unpacks to {sum(sizes):,} bytes; at most {MAX_UNPACKED_BYTES:,} are"
                " accepted (for an Anki deck: export it without media)"
            )
        return archive

    def member(self, name: str) -> bytes | None:
        """Return a file of the archive, or None if it has no such file."""
        if self.archive is None or name not in self.archive.namelist():
            return None
        try:
            return self.archive.read(name)
        # zipfile raises many kinds of errors for broken and for encrypted archives.
        except Exception as error:
            raise WordlistError(f"{name} in the file cannot be unpacked: {error}") from error
