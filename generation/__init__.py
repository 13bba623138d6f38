"""Writes replies with a language model, constrained to the words of a list.

A validated chat request comes in; text, log-probabilities and a report on the words used go out.
`batches` and `wordgen_site` are built on this package; it is built on `vocab`.
"""
