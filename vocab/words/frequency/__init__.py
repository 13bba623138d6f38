"""Makes clean word lists from the word frequencies of a corpus.

Entries with frequencies and a language come in. The words of a list go out, and the number of
dropped entries by cause. `languages/` has the data of each language, in the format of `tables.py`.
"""

from vocab.words.frequency.clean import CleanResult, clean
from vocab.words.frequency.tables import LANGUAGES, Tables, tables_for

__all__ = ["LANGUAGES", "CleanResult", "Tables", "clean", "tables_for"]
