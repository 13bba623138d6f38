"""The import of large files: seconds, memory, and how long other threads wait.

    python -m benchmarks.importing [--rows 200000] [--formats xlsx json] [--dictionaries de_DE nl]

Each format is measured in a process of its own. *Proposal* and *import* are the seconds of `sniff`
and `convert`; *wait* is the longest time that no other thread could run meanwhile; *memory* is the
peak of the process above its state before the proposal. The dictionaries are Debian's, with their
.aff files (`apt install hunspell-de-de-frami hunspell-nl hunspell-ru hunspell-tr hunspell-ar`);
those that are not installed are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from vocab.importing.convert import convert
from vocab.importing.proposal import Options
from vocab.importing.sniff import sniff
from vocab.words.parse import Limits, WordlistError

DICTIONARIES = Path("/usr/share/hunspell")
LANGUAGES = ("de_DE", "nl", "ru_RU", "tr_TR", "ar")
MAX_BYTES = 64 * 1024 * 1024
SYLLABLES = [first + second for first in "bdfgklmnprst" for second in ("a", "e", "i", "o", "u")]
BEAT_SECONDS = 0.001
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


def words_of(count: int) -> list[str]:
    """Return made-up words, all different, in no alphabetical order."""
    return ["".join(reversed(parts)) for parts in islice(product(SYLLABLES, repeat=3), count)]


def plain(words: Sequence[str]) -> bytes:
    return "\n".join(words).encode()


def counted(words: Sequence[str]) -> bytes:
    return "\n".join(f"{word}\t{10**6 - at}" for at, word in enumerate(words)).encode()


def as_json(words: Sequence[str]) -> bytes:
    records = [{"word": word, "count": 10**6 - at} for at, word in enumerate(words)]
    return json.dumps(records).encode()


def xlsx(words: Sequence[str]) -> bytes:
    """A workbook with shared strings, as Excel writes it."""
    import openpyxl

    empty = BytesIO()
    openpyxl.Workbook().save(empty)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    strings = "".join(f"<si><t>{word}</t></si>" for word in words)
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="s"><v>{at - 1}</v></c>'
        f'<c r="B{at}"><v>{10**6 - at}</v></c></row>'
        for at in range(1, len(words) + 1)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    changed = {
        "xl/sharedStrings.xml": f"<sst {space}>{strings}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>",
    }
    target = BytesIO()
    with (
        zipfile.ZipFile(empty) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = changed.pop(name, None) or old.read(name).decode()
            new.writestr(name, content.replace("</Types>", part))
        for name, content in changed.items():
            new.writestr(name, content)
    return target.getvalue()


def ods(words: Sequence[str]) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{word}</text:p></table:table-cell>"
        f'<table:table-cell office:value-type="float" office:value="{10**6 - at}"/>'
        "</table:table-row>"
        for at, word in enumerate(words)
    )
    content = f"<office:document {spaces}><table:table>{rows}</table:table></office:document>"
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", content)
    return target.getvalue()


def anki_deck(words: Sequence[str]) -> bytes:
    models = {"7": {"name": "Basic", "flds": [{"name": "Front"}, {"name": "Back"}]}}
    notes = ((at, f"{word}\x1fmeaning of {word}") for at, word in enumerate(words, start=1))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "collection.anki2"
        base = sqlite3.connect(path)
        base.executescript(
            "CREATE TABLE notes(id INTEGER PRIMARY KEY, mid, tags, flds);"
            "CREATE TABLE cards(id INTEGER PRIMARY KEY, nid, did, ord, ivl);"
            "CREATE TABLE col(models, decks);"
        )
        base.execute("INSERT INTO col VALUES(?, ?)", (json.dumps(models), '{"1": {"name": "A"}}'))
        base.executemany("INSERT INTO notes VALUES(?, 7, '', ?)", notes)
        base.executemany(
            "INSERT INTO cards VALUES(?, ?, 1, 0, 1)", ((at, at) for at in range(1, len(words) + 1))
        )
        base.commit()
        base.close()
        target = BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
            file.write(path, "collection.anki2")
        return target.getvalue()


def anki_notes(words: Sequence[str]) -> bytes:
    head = "#separator:tab\n#html:true\n"
    return (head + "\n".join(f"{word}\tmeaning of {word}" for word in words)).encode()


def basewords(words: Sequence[str]) -> bytes:
    lines = (word + " 0" if at % 4 == 0 else "\t" + word + " 0" for at, word in enumerate(words))
    return "\n".join(lines).encode()


def stems(words: Sequence[str]) -> bytes:
    return "\n".join([str(len(words)), *(word + "/AB" for word in words)]).encode()


def wordfreq(words: Sequence[str]) -> bytes:
    import msgpack

    bins = [list(words[at : at + 250]) for at in range(0, len(words), 250)]
    return gzip.compress(msgpack.packb([{"format": "cB", "version": 1}, *bins]))


FILES: dict[str, tuple[str, Callable[[Sequence[str]], bytes]]] = {
    "plain": ("list.txt", plain),
    "delimited": ("list.tsv", counted),
    "json": ("list.json", as_json),
    "xlsx": ("list.xlsx", xlsx),
    "ods": ("list.ods", ods),
    "anki-deck": ("deck.apkg", anki_deck),
    "anki-notes": ("notes.txt", anki_notes),
    "basewords": ("basewrd1.txt", basewords),
    "hunspell": ("list.dic", stems),
    "wordfreq": ("large_es.msgpack.gz", wordfreq),
}


class Heartbeat:
    """A thread that wants to run every millisecond.

    longest: The longest time between two beats in which the process used a processor. So a machine
        that runs other programs meanwhile makes no difference.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def _beat(self) -> None:
        before = time.process_time()
        while not self._ended.wait(BEAT_SECONDS):
            now = time.process_time()
            self.longest = max(self.longest, now - before)
            before = now

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()


def measure(name: str, rows: int, clock: Callable[[], float]) -> str:
    """Return the row of the table for one format or dictionary."""
    affixes = None
    if name in FILES:
        filename, make = FILES[name]
        data, language = make(words_of(rows)), "es"
    else:
        filename, language = f"{name}.dic", name.split("_")[0]
        data = (DICTIONARIES / filename).read_bytes()
        affixes = (DICTIONARIES / f"{name}.aff").read_bytes()
    limits = Limits(max_bytes=MAX_BYTES, max_entries=rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Heartbeat() as heart:
        started = clock()
        proposal = sniff(data, filename, Options(language=language, affixes=affixes), limits)
        proposed = clock()
        try:
            result = convert(data, proposal, limits, filename=filename)
            entries = f"{len(result.words):,}"
            remark = "; ".join(result.doubts)
        except WordlistError as error:
            entries, remark = "0", f"refused: {error}"
        ended = clock()
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figures = [
        f"{proposed - started:.2f}",
        f"{ended - proposed:.2f}",
        f"{1000 * heart.longest:.0f}",
    ]
    return " | ".join([name, proposal.format, entries, *figures, f"{memory:.0f}", remark])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--formats", nargs="*", choices=FILES, default=list(FILES))
    parser.add_argument("--dictionaries", nargs="*", default=list(LANGUAGES))
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu on a busy machine")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(measure(options.one, options.rows, CLOCKS[options.clock]))
        return
    there = [each for each in options.dictionaries if (DICTIONARIES / f"{each}.dic").exists()]
    columns = "file | read as | entries | proposal s | import s | wait ms | memory MB | remark"
    print(f"| {columns} |\n|" + "---|" * (columns.count("|") + 1))
    for name in [*options.formats, *there]:
        command = [sys.executable, "-m", "benchmarks.importing", "--one", name]
        command += ["--rows", str(options.rows), "--clock", options.clock]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"| {done.stdout.strip()} |", flush=True)


if __name__ == "__main__":
    main()
