"""Word lists out of a corpus's frequencies: see `clean.py`, and languages/ for what it goes by."""

from vocab.words.frequency.clean import CleanResult, clean
from vocab.words.frequency.tables import LANGUAGES, Tables, tables_for

__all__ = ["LANGUAGES", "CleanResult", "Tables", "clean", "tables_for"]
