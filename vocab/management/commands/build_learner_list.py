"""`manage.py build_learner_list LANG`: makes wordlists/LANG-learner.txt.

It needs wordlists/LANG.txt, the tables in wordlists/learner, and the frequencies of wordfreq. The
same data give the same bytes. The command does not use the database.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vocab.lint.report import lint
from vocab.management.commands.build_wordlist import (
    render_list,
    wordfreq_frequencies,
    write_atomically,
)
from vocab.words.frequency import tables_for
from vocab.words.frequency.concepts import (
    ConceptTableError,
    concept_words,
    concepts,
    learner_languages,
)
from vocab.words.frequency.corpus_segments import word_cutter
from vocab.words.frequency.learner_order import LearnerList, frequency_key, learner_list
from vocab.words.segmenting.segmenters import SegmenterMissing
from vocab.words.starter_lists import starter_list

SIZE = 5_000
# Entries of the frequency list whose other spelling in the tables is reported.
REPORTED = 1_000


class Command(BaseCommand):
    help = "Makes a list for learners: common words, then words of everyday life, then the rest."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("language", metavar="LANG", choices=learner_languages())
        parser.add_argument("--output", type=Path, help="default: wordlists/LANG-learner.txt")

    def handle(self, *args: Any, **options: Any) -> None:
        language: str = options["language"]
        output: Path = options["output"] or Path("wordlists") / f"{language}-learner.txt"
        try:
            made = build(language, wordfreq_frequencies(language))
        except (ConceptTableError, SegmenterMissing) as error:
            raise CommandError(str(error)) from error
        try:
            write_atomically(output, rendered(made, language))
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error}") from error
        self._report(made, language)
        self.stdout.write(self.style.SUCCESS(f"Wrote {len(made.words)} entries to {output}."))

    def _report(self, made: LearnerList, language: str) -> None:
        common = starter_list(language).ranks
        for word, spellings in made.respelt.items():
            if common[word] <= REPORTED:
                self.stdout.write(f"  left out {word}: the table has {', '.join(spellings)}")
        for finding in lint(made.words, language).findings:
            self.stdout.write(f"  {finding.title}: {finding.count}")


def build(language: str, frequencies: Mapping[str, float]) -> LearnerList:
    """Return the list of a language.

    frequencies: Corpus word -> frequency, the commonest first. Raises ConceptTableError,
    SegmenterMissing.
    """
    by_key: dict[str, float] = {}
    for word, frequency in frequencies.items():
        by_key.setdefault(frequency_key(word, language), frequency)
    words = concept_words(language)
    return learner_list(
        [(concept, words[concept.id]) for concept in concepts()],
        starter_list(language).entries,
        by_key,
        tables_for(language),
        word_cutter(language),
        SIZE,
    )


def rendered(made: LearnerList, language: str) -> str:
    """Return the text of the list's file."""
    facts = {
        "source": f"words of everyday life; wordfreq {metadata.version('wordfreq')}, best list",
        "command": f"manage.py build_learner_list {language}",
    }
    return render_list(made.words, f"{tables_for(language).name} for learners", language, facts)
