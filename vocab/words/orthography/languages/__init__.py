"""The languages that have their own orthography packs, in a folder for each region.

A module defines an `Orthography` with the facts that differ from DEFAULT, or several for languages
that share most facts. To add a language, name its constant in the `PACKS` of its folder.
"""
