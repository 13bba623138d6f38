"""Segmenters of languages without spaces, and the verdict whether their words are listed."""
