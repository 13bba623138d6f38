"""Memory of a server process that is asked for many lists: python -m benchmarks.memory

Loads the model and answers one chat, and then one under a list. Then fills the prefix cache, and
answers short chats with 300 pairs of a list and a number of words, and with 50 revisions of 20,000
words. Prints the process's memory (VmRSS) above that after the first chat, and at the end also
above that after the first list, whose data every server needs. It uses a new database in a
temporary folder.

--pairs, --revisions: Other numbers. --max-mb: Exit with status 1 if the growth was ever larger.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vocab.models import WordlistRevision

LISTS = Path(__file__).resolve().parent.parent / "wordlists"
REPORTS = 10  # lines for each of the two parts


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def revisions() -> list[WordlistRevision]:
    """Store the lists that come with the project."""
    from vocab.models import Wordlist
    from vocab.revisions import add_revision

    made = []
    for path in sorted(LISTS.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        words = [line for line in lines if line and not line.startswith("#")]
        wordlist = Wordlist.objects.create(
            slug=path.stem, title=path.stem, language=path.stem.split("-")[0]
        )
        made.append(add_revision(wordlist, words)[0])
    return made


def pairs() -> Iterator[tuple[WordlistRevision, int]]:
    lists = revisions()
    for round_ in count():
        for revision in lists:
            yield revision, min(300 + 977 * round_ % 20_000, revision.word_count)


def new_revisions() -> Iterator[tuple[WordlistRevision, int]]:
    from vocab.models import Wordlist
    from vocab.revisions import add_revision

    wordlist = Wordlist.objects.get(slug="en")
    assert wordlist.current is not None
    words = list(wordlist.current.words)
    for number in count():
        random.Random(number).shuffle(words)
        yield add_revision(wordlist, words)[0], len(words)


def chat(revision: WordlistRevision, n_words: int) -> None:
    from generation.engine.contract import GenerationRequest, Message, Sampling
    from generation.serving.engine_provider import get_engine
    from vocab.revisions import vocabulary_of

    vocabulary = vocabulary_of(revision, n_words)
    request = GenerationRequest(
        messages=(Message("user", "Write about a dog."),),
        sampling=Sampling(max_tokens=8, seed=1),
        vocabulary=vocabulary,
    )
    text = get_engine().submit(request).result().text
    assert vocabulary.checker.report(text).out_of_list == ()


def chat_without_list(content: str) -> None:
    from generation.engine.contract import GenerationRequest, Message, Sampling
    from generation.serving.engine_provider import get_engine

    request = GenerationRequest(
        messages=(Message("user", content),),
        sampling=Sampling(max_tokens=4, min_tokens=4, seed=1),  # one is not cached
    )
    get_engine().submit(request).result()


def fill_prefix_cache() -> None:
    from django.conf import settings

    for number in range(settings.ENGINE_PREFIX_TOKENS // 1_000 + 1):
        chat_without_list(f"{number}: " + "word " * 1_000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--revisions", type=int, default=50)
    parser.add_argument("--max-mb", type=float, default=float("inf"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "wordgen_site.settings"}
        os.environ.setdefault("MODELS_DIR", str(LISTS.parent / "data" / "models"))
        os.environ.setdefault("LOG_LEVEL", "WARNING")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        chat_without_list("Hello.")
        loaded, largest = resident_mb(), 0.0
        sys.stdout.write(f"after the load: {loaded:,.0f} MB\n")
        all_pairs = pairs()
        chat(*next(all_pairs))
        first_list = resident_mb() - loaded
        sys.stdout.write(f"after a chat under a list: +{first_list:,.0f} MB\n")
        fill_prefix_cache()
        sys.stdout.write(f"with a full prefix cache: +{resident_mb() - loaded:,.0f} MB\n")
        parts = [
            ("pairs", all_pairs, options.pairs),
            ("revisions", new_revisions(), options.revisions),
        ]
        for name, wordlists, number in parts:
            for index, (revision, n_words) in enumerate(islice(wordlists, number), start=1):
                chat(revision, n_words)
                growth = resident_mb() - loaded
                largest = max(largest, growth)
                if index % max(number // REPORTS, 1) == 0:
                    sys.stdout.write(f"{index:4} {name}: +{growth:,.0f} MB\n")
                    sys.stdout.flush()
        sys.stdout.write(
            f"at most: +{largest:,.0f} MB, +{largest - first_list:,.0f} MB above the first list\n"
        )
        return int(largest > options.max_mb)


if __name__ == "__main__":
    sys.exit(main())
