"""One module for each language that has its own orthography pack.

Each module defines one constant: an `Orthography` with the facts that differ from DEFAULT. To add a
language, add a module here and name its constant in `vocab/words/orthography/packs.py`.
"""
