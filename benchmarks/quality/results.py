"""What was measured of a way: sums over replies, which can be added and kept as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from benchmarks.quality.text_marks import DODGES

COLUMNS = (
    "nats", "tax", "lost", "distinct", "twice", "ended", "natural", *DODGES, "off", "passes",
    "seconds",
)  # fmt: skip


@dataclass
class Result:
    """n: Size of the list; 0 without one. cut: Replies that max_tokens ended.

    The other fields are sums over the replies. row_passes: Tokens that the model computed for
    replies. seconds: On the clock, for all replies together. texts: The replies, seed by seed.
    """

    model: str
    way: str
    language: str
    n: int
    replies: int = 0
    words: int = 0
    nats: float = 0.0
    tax: float = 0.0
    lost: float = 0.0
    pairs: int = 0
    distinct: int = 0
    twice: int = 0
    ended: int = 0
    cut: int = 0
    natural: int = 0
    off: int = 0
    dodges: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DODGES, 0))
    row_passes: int = 0
    tokens: int = 0
    seconds: float = 0.0
    texts: list[str] = field(default_factory=list)

    def __add__(self, other: Result) -> Result:
        """Return the sums; the names are those of the first."""
        total = replace(self, language=f"{self.language} {other.language}")
        for each in fields(self):
            ours, theirs = getattr(self, each.name), getattr(other, each.name)
            if each.name == "dodges":
                total.dodges = {name: ours[name] + theirs[name] for name in DODGES}
            elif each.name not in ("model", "way", "language", "n"):
                setattr(total, each.name, ours + theirs)
        return total

    def row(self) -> dict[str, float]:
        """Return the columns of the table. Dodges and words off the list are for 100 words."""
        words = max(self.words, 1)
        return {
            "nats": self.nats / words,
            "tax": self.tax / words,
            "lost": self.lost / words,
            "distinct": self.distinct / max(self.pairs, 1),
            "twice": self.twice / self.replies,
            "ended": self.ended / self.replies,
            "natural": self.natural / self.cut if self.cut else float("nan"),
            **{name: 100 * count / words for name, count in self.dodges.items()},
            "off": 100 * self.off / words,
            "passes": self.row_passes / max(self.tokens, 1),
            "seconds": self.seconds,
        }


def write(result: Result, path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def read(paths: Iterable[Path]) -> list[Result]:
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [Result(**json.loads(line)) for line in lines]


def print_table(results: Iterable[Result], *, by_language: bool = False) -> None:
    """Print a table in Markdown. The runs of a way are added, those of all languages too."""
    groups: dict[tuple[Any, ...], Result] = {}
    for each in results:
        languages = (each.language,) if by_language else ()
        key = each.model, each.n, each.way, *languages
        groups[key] = groups[key] + each if key in groups else each
    print("| model | list | way | " + " | ".join(COLUMNS) + " |")
    print("|---|---|---|" + "---|" * len(COLUMNS))
    for (model, n, way, *language), result in groups.items():
        name = " ".join([model, *language])
        size = f"{n:,}" if n else ""
        print(f"| {name} | {size} | {way} | " + " | ".join(_cells(result.row())) + " |", flush=True)


def _cells(row: Mapping[str, float]) -> list[str]:
    digits = {"seconds": 0, "off": 1, **dict.fromkeys(DODGES, 1)}
    return [f"{row[name]:.{digits.get(name, 2)}f}" for name in COLUMNS]
