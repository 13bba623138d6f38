"""Visit the commonest states of chosen lists before the first request (PREBUILD_* settings).

Nothing is compiled: every state is worked out on its first visit anyway. This only moves the visits
that every reply makes, and that take longest, from the first request to the load of the model.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection

from generation.constraint.session import DeadEnd
from vocab.revisions import WordlistNotFound, resolve, vocabulary_of
from vocab.words.segmenters import SegmenterMissing
from vocab.words.vocabulary import Vocabulary

logger = logging.getLogger(__name__)


def prebuild(warm: Callable[[Vocabulary], None]) -> None:
    """Hand every pair of the settings to `warm`, each once. Runs in the engine's thread.

    A list that is not there, or that the model cannot write, is logged: it must not keep the
    engine from answering those who use another one.
    """
    if not settings.PREBUILD_LANGS:
        return
    seen = set()
    try:
        for reference, vocabulary in _vocabularies():
            if vocabulary.key in seen:
                continue
            seen.add(vocabulary.key)
            started = time.perf_counter()
            try:
                warm(vocabulary)
            except DeadEnd:
                logger.warning("not prebuilt list=%s: the model cannot write it", reference)
                continue
            except SegmenterMissing as error:
                logger.warning("not prebuilt list=%s: %s", reference, error)
                continue
            logger.info(
                "prebuilt list=%s words=%d seconds=%.2f",
                reference,
                vocabulary.n_words,
                time.perf_counter() - started,
            )
    except DatabaseError as error:
        logger.warning("not prebuilt: %s", error)
    finally:
        # Nothing closes the connections of a thread that Django did not start.
        connection.close()


def _vocabularies() -> Iterator[tuple[str, Vocabulary]]:
    """Every list with every N, all its entries where no N is set."""
    for slug in settings.PREBUILD_LANGS:
        try:
            revision = resolve(slug)
        except WordlistNotFound as error:
            logger.warning("not prebuilt list=%s: %s", slug, error)
            continue
        for n_words in settings.PREBUILD_WORD_COUNTS or [revision.word_count]:
            yield revision.reference, vocabulary_of(revision, n_words)
