"""A page on which a person compares the texts of two ways without knowing which is which.

    python -m benchmarks.quality.blind_page RESULTS --ways tokens words --out compare.html
                                            [--model smollm2] [--n 1000]

RESULTS: A file of `python -m benchmarks.quality --out`. The page needs no server: two texts stand
side by side, in an order by chance, and the keys 1, 2 and 0 choose one or none. The browser keeps
the choices, and the page counts them at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from benchmarks.quality.models import ALL
from benchmarks.quality.results import Result, read

TEMPLATE = Path(__file__).with_suffix(".html")


def pairs_of(
    results: Sequence[Result], model: str, ways: Sequence[str], n: int
) -> Iterator[dict[str, object]]:
    """Yield the replies of both ways to each prompt, with the same seed.

    n: Size of the list; free text has none.
    """
    first, second = (
        {
            result.language: result.texts
            for result in results
            if (result.model, result.way) == (model, way) and result.n in (n, 0)
        }
        for way in ways
    )
    for language in first.keys() & second.keys():
        prompts = ALL[model].prompts[language]
        for at, texts in enumerate(zip(first[language], second[language], strict=True)):
            if texts[0] != texts[1]:
                yield {"prompt": prompts[at % len(prompts)], "texts": texts}


def page(pairs: Sequence[dict[str, object]], ways: Sequence[str]) -> str:
    data = json.dumps(pairs, ensure_ascii=False)
    digest = hashlib.sha256((data + repr(ways)).encode()).hexdigest()[:16]
    # A text cannot end the script element that holds it.
    safe = data.replace("<", "\\u003c")
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        pairs=safe, ways=json.dumps(ways), digest=digest
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--ways", nargs=2, required=True, metavar="WAY")
    parser.add_argument("--model", choices=list(ALL), default="smollm2")
    parser.add_argument("--n", type=int, default=1000, help="size of the list")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    pairs = list(pairs_of(read(options.results), options.model, options.ways, options.n))
    if not pairs:
        parser.error("the results have no replies of both ways to the same prompts")
    options.out.write_text(page(pairs, options.ways), encoding="utf-8")
    print(f"{len(pairs)} pairs: {options.out}")


if __name__ == "__main__":
    main()
