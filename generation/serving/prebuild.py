"""Compute the most common constraint states of some lists before the first request (PREBUILD_*).

Every state is computed when it is first visited. This moves the most common visits, which take the
longest, from the first request to the load of the model.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection

from generation.constraint.session import DeadEnd
from vocab.revisions import WordlistNotFound, resolve, vocabulary_of
from vocab.words.segmenting.segmenters import SegmenterMissing
from vocab.words.vocabulary import Vocabulary

logger = logging.getLogger(__name__)


def prebuild(warm: Callable[[Vocabulary], None]) -> None:
    """Call `warm` once for each pair of list and N in the settings, in the engine's thread.

    A list that does not exist, or that the model cannot write, is logged and skipped. It must not
    prevent the engine from serving other lists.
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
        # Django does not close the connections of a thread that it did not start.
        connection.close()


def _vocabularies() -> Iterator[tuple[str, Vocabulary]]:
    """Yield each list of the settings with each N, or with all its words if no N is set."""
    for slug in settings.PREBUILD_LANGS:
        try:
            revision = resolve(slug, None)
        except WordlistNotFound as error:
            logger.warning("not prebuilt list=%s: %s", slug, error)
            continue
        for n_words in settings.PREBUILD_WORD_COUNTS or [revision.word_count]:
            yield revision.reference, vocabulary_of(revision, n_words)
